"""Trouble on request: what `--fault NAME[=VALUE]` makes the local farm do wrong, for tests and for training.

Says what goes wrong where; the places that do it ask. Faults of the connection hit clients and cmdjob, never the links
of render servers. Everything is counted, nothing is random: the same run goes wrong in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from flatiron_tasks.contracts.errors import BadInputError

NOISE: Final = bytes(range(0x80, 0x100)) + b"\r\n"
_TASK: Final = re.compile(r"(?P<task>\d+|\*)(?:@(?P<server>.+))?")


@dataclass(frozen=True)
class TaskFault:
    """A task that fails whenever it is given out. `task` None: every task; `server` None: on every server."""

    task: int | None
    server: str | None

    def hits(self, task: int, server: str) -> bool:
        """Whether this task fails on this server."""
        return self.task in (None, task) and self.server in (None, server)


@dataclass(frozen=True)
class Faults:
    """Which faults were asked for; the defaults are none at all. `KINDS` tells what each of them does."""

    drop_connections: int = 0
    cut_replies: int | None = None
    delay: float = 0.0
    split_replies: int = 0
    glue_replies: bool = False
    garbage: int = 0
    task_fails: tuple[TaskFault, ...] = ()
    server_vanishes: frozenset[str] = frozenset()
    job_vanishes: frozenset[str] = frozenset()
    slow_disk: float = 0.0

    def task_fails_on(self, task: int, server: str) -> bool:
        """Whether this task fails on this server."""
        return any(fault.hits(task, server) for fault in self.task_fails)

    def job_vanishes_named(self, name: str) -> bool:
        """Whether a job of this name vanishes the moment it completes."""
        return bool(self.job_vanishes & {name, "*"})


@dataclass(frozen=True)
class FaultKind:
    """One name that `--fault` takes. `default` stands for a missing value; None means that there must be one."""

    name: str
    value: str
    default: str | None
    does: str
    read: Callable[[Faults, str], Any]


def _whole(least: int) -> Callable[[Faults, str], int]:
    def read(_: Faults, text: str) -> int:
        if not (text.isascii() and text.isdecimal()) or not least <= int(text) < 2**31:
            raise ValueError(f"a whole number from {least} on is meant")
        return int(text)

    return read


def _seconds(_: Faults, text: str) -> float:
    value = float(text)
    if not 0 <= value <= 3600:
        raise ValueError("0 to 3600 seconds are meant")
    return value


def _flag(_: Faults, text: str) -> bool:
    if text:
        raise ValueError("it takes no value")
    return True


def _task_fails(before: Faults, text: str) -> tuple[TaskFault, ...]:
    match = _TASK.fullmatch(text)
    if match is None:
        raise ValueError("TASK or TASK@SERVER is meant, with a number or * for TASK")
    task = None if match["task"] == "*" else int(match["task"])
    return (*before.task_fails, TaskFault(task, match["server"]))


KINDS: Final = (
    FaultKind("drop-connections", "N", "2", "close every Nth connection as soon as it is made", _whole(1)),
    FaultKind("cut-replies", "BYTES", None, "close each connection after it was sent so many bytes", _whole(0)),
    FaultKind("delay", "SECONDS", "1", "wait before every reply", _seconds),
    FaultKind("split-replies", "BYTES", "1", "send replies in pieces of so many bytes", _whole(1)),
    FaultKind("glue-replies", "", "", "send status line, payload and prompt in one piece", _flag),
    FaultKind("garbage", "N", "3", "send noise in the place of every Nth reply", _whole(1)),
    FaultKind(
        "task-fails",
        "TASK@SERVER",
        None,
        "this task (a number from 1, or * for all) fails on this server, and without @SERVER on every one",
        _task_fails,
    ),
    FaultKind(
        "server-vanishes",
        "SERVER",
        None,
        "cut this server off for good when it is given a task; its process lives on",
        lambda before, text: before.server_vanishes | {text},
    ),
    FaultKind(
        "job-vanishes",
        "NAME",
        "*",
        "a job of this name leaves the queue the moment it completes, and is not archived",
        lambda before, text: before.job_vanishes | {text},
    ),
    FaultKind("slow-disk", "SECONDS", "0.5", "every change of the queue takes so long to be stored", _seconds),
)
_BY_NAME: Final = {kind.name: kind for kind in KINDS}


def parse(texts: Iterable[str]) -> Faults:
    """The faults that `NAME[=VALUE]` texts ask for. Raises BadInputError."""
    faults = Faults()
    for text in texts:
        name, equals, value = text.partition("=")
        kind = _BY_NAME.get(name)
        if kind is None:
            raise BadInputError(f"There is no fault {name!r}", advice="choose from " + ", ".join(_BY_NAME))
        faults = replace(faults, **{name.replace("-", "_"): _read(kind, faults, value if equals else kind.default)})
    return faults


def documented() -> str:
    """The table of faults for `--help`."""
    return "\n\n".join(f"{kind.name}{f'={kind.value}' if kind.value else ''}: {kind.does}." for kind in KINDS)


def _read(kind: FaultKind, before: Faults, value: str | None) -> Any:
    if value is None:
        raise BadInputError(f"The fault {kind.name} needs a value: {kind.name}={kind.value}")
    try:
        return kind.read(before, value)
    except ValueError as error:
        raise BadInputError(f"The fault {kind.name} cannot be {value!r}", why=str(error)) from error
