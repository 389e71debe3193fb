"""Child processes that are started together and never left behind.

`ProcessGroup` starts named processes, each in its own session and with its own log, notices when one dies early, and
stops all in reverse order. It does not restart anything: a service that dies here is an error.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

import psutil

from workers.embedded.errors import EmbeddedError
from workers.embedded.guard import Guard, kill_tree

_TAIL_LINES = 15
_PAUSE_S = 0.05


@dataclass(frozen=True)
class Child:
    """One process of the group."""

    name: str
    process: psutil.Popen
    log: Path


class ProcessGroup:
    """A context manager. While it is open, SIGTERM ends it like Ctrl-C does: everything is stopped first."""

    def __init__(self, log_folder: Path, *, stop_seconds: float = 10.0) -> None:
        self.log_folder = log_folder
        self._stop_seconds = stop_seconds
        self._children: list[Child] = []
        self._pause = threading.Event()

    def __enter__(self) -> Self:
        self.log_folder.mkdir(parents=True, exist_ok=True)
        self.guard = Guard()
        self._previous = signal.signal(signal.SIGTERM, _end) if _in_main_thread() else None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with _undisturbed():
            self.stop()
            self.guard.close()
        if self._previous is not None:
            signal.signal(signal.SIGTERM, self._previous)

    @property
    def processes(self) -> tuple[psutil.Process, ...]:
        """What runs, in the order of the start, without descendants."""
        return tuple(child.process for child in self._children)

    def start(
        self, name: str, command: Sequence[str], *, env: Mapping[str, str] | None = None, stdin: str = ""
    ) -> Child:
        """Start a process whose output goes to `<log folder>/<name>.log`.

        `env` is its whole environment (None: ours); `stdin` is all it can read. Raises EmbeddedError.
        """
        log = self.log_folder / f"{name}.log"
        try:
            with log.open("wb") as output:
                process = psutil.Popen(
                    list(command),
                    env=None if env is None else dict(env),
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            raise EmbeddedError(f"{name} could not be started: {command[0]}.", why=str(error)) from error
        child = Child(name, process, log)
        self._children.append(child)
        self.guard.watch_process(process)
        with suppress(BrokenPipeError), process.stdin:  # a process that died already is reported by `check`
            process.stdin.write(stdin.encode())
        return child

    def check(self) -> None:
        """Raise EmbeddedError, with the end of its log, if a process has ended."""
        for child in self._children:
            code = child.process.poll()
            if code is not None:
                raise EmbeddedError(
                    f"{child.name} ended early with exit code {code}.",
                    why=f"The end of its log says:\n{log_tail(child.log)}\n",
                    advice="Correct what the log names and start again.",
                )

    def wait_until(self, what: str, is_ready: Callable[[], bool], *, deadline_s: float) -> None:
        """Return when the condition holds. Raises EmbeddedError when a process dies before, or after the deadline."""
        end = time.monotonic() + deadline_s
        while not is_ready():
            self.check()
            if time.monotonic() > end:
                raise EmbeddedError(
                    f"{what} was not ready after {deadline_s:g} seconds.",
                    why="Logs:\n" + "\n".join(f"{child.name}:\n{log_tail(child.log)}" for child in self._children),
                    advice="A slow machine may need another try; otherwise the logs name the reason.",
                )
            self._pause.wait(_PAUSE_S)

    def stop(self, child: Child | None = None) -> None:
        """Stop one process or all, the last one first: SIGTERM, then SIGKILL for it and all its descendants."""
        for doomed in [child] if child else list(reversed(self._children)):
            _stop(doomed.process, self._stop_seconds)
            self._children.remove(doomed)


def log_tail(log: Path, lines: int = _TAIL_LINES) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]) or "(nothing)"


def _stop(process: psutil.Popen, deadline_s: float) -> None:
    family = _descendants(process)
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(deadline_s)
    except psutil.TimeoutExpired:
        family += _descendants(process)
        kill_tree([process])
        process.wait()
    kill_tree(family)


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back Ctrl-C and SIGTERM while processes are being stopped: stopping has a deadline of its own."""
    if not _in_main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, previous, strict=True):
            signal.signal(number, handler)


def environment_without_settings() -> dict[str, str]:
    """Our environment without any FLATIRON_ variable: embedded services obey their own file alone."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("FLATIRON_")}
