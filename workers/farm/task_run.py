"""One task on a render server: start its command, keep its output, end it with everything it started.

Knows a command and a time limit; neither the manager nor the queue.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Final

from flatiron_tasks.backburner.assumptions import TASK_SUCCESS_EXIT
from flatiron_tasks.contracts.errors import FarmProtocolError
from workers.farm.tokens import TokenValues, expand

_GUARD: Final = Path(__file__).with_name("task_guard.py")
_GUARD_LIMIT_S: Final = 20.0
_NOT_IN_FILE_NAMES: Final = re.compile(r"[^0-9A-Za-z_\-,. ]")


class Outcome(StrEnum):
    """How a task ended. STOPPED: because somebody took it away, which is nobody's failure."""

    COMPLETE = "complete"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class TaskOrder:
    """What the manager asks a server to run. `time_limit_s` bounds the whole command.

    `fault`: the task is to fail with this message, and nothing is to be run.
    """

    assignment: int
    words: tuple[str, ...]
    values: TokenValues
    time_limit_s: float
    log_path: str
    fault: str = ""

    @classmethod
    def from_message(cls, message: dict[str, Any], server: str) -> TaskOrder:
        """Read a `run` message. Raises FarmProtocolError."""
        try:
            values = TokenValues(
                message["job"],
                message["description"],
                server,
                message["task"],
                message["row"],
                message["parameters"],
            )
            limit = float(message["time_limit_s"])
            fault = str(message.get("fault", ""))
            return cls(message["assignment"], tuple(message["words"]), values, limit, message["log_path"], fault)
        except (KeyError, TypeError, ValueError) as error:
            raise FarmProtocolError(f"The manager sent an order that cannot be read: {error!r}") from error

    @property
    def log_file(self) -> Path | None:
        """Where the output goes; None if no folder was given or it is not there."""
        if not self.log_path or not Path(self.log_path).is_dir():
            return None
        name = f"{self.values.job_name}-{self.values.task_number}-{self.values.server}.log"
        return Path(self.log_path, _NOT_IN_FILE_NAMES.sub("_", name))


@dataclass(frozen=True)
class TaskResult:
    """How one order ended, ready to be told."""

    assignment: int
    outcome: Outcome
    message: str
    elapsed_ms: float


async def run(order: TaskOrder, stop: asyncio.Event) -> TaskResult:
    """Run the order until its command ends, its time is over, or `stop` is set."""
    began = time.monotonic()
    try:
        outcome, message = await _run(order, stop)
    except (OSError, ValueError) as error:
        outcome, message = Outcome.FAILED, f"it could not be started: {error}"
    where = f"{order.values.job_name}, task {order.values.task_number} on {order.values.server}"
    return TaskResult(order.assignment, outcome, f"{where}: {message}", (time.monotonic() - began) * 1000)


async def _run(order: TaskOrder, stop: asyncio.Event) -> tuple[Outcome, str]:
    if order.fault:
        return Outcome.FAILED, order.fault
    log_file = order.log_file
    if log_file is None:
        return await _guarded(order, stop, None)
    with log_file.open("ab") as log:
        return await _guarded(order, stop, log)


async def _guarded(order: TaskOrder, stop: asyncio.Event, log: IO[bytes] | None) -> tuple[Outcome, str]:
    guard = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # or the names of this folder's modules would hide those of the standard library
        str(_GUARD),
        *expand(order.words, order.values),
        stdin=subprocess.PIPE,
        stdout=log or subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    stopped = asyncio.ensure_future(stop.wait())
    ended = asyncio.ensure_future(guard.wait())
    try:
        await asyncio.wait({stopped, ended}, timeout=order.time_limit_s, return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            return _judged(ended.result(), log)
        if stopped.done():
            return Outcome.STOPPED, "taken away"
        return Outcome.FAILED, f"timed out after {order.time_limit_s:g} s"
    finally:
        stopped.cancel()
        await _end(guard, ended)


async def _end(guard: asyncio.subprocess.Process, ended: asyncio.Future[int]) -> None:
    if guard.stdin is not None:
        guard.stdin.close()
    try:
        await asyncio.wait_for(ended, _GUARD_LIMIT_S)
    except TimeoutError:
        guard.kill()
        await guard.wait()


def _judged(exit_code: int, log: IO[bytes] | None) -> tuple[Outcome, str]:
    if exit_code == TASK_SUCCESS_EXIT:
        return Outcome.COMPLETE, "done"
    return Outcome.FAILED, f"exit code {exit_code}; output: {log.name if log else 'not kept (no log folder)'}"
