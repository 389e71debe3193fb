"""What the pipeline needs from a farm, in the pipeline's own words.

Nothing here knows Backburner. A farm takes jobs, shows all of them at once and one of them closely, and changes what a
person could change in its monitor. It never tells whether a piece is good: only receipts do. Nobody can restart a job:
that throws finished tasks away.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable


class FarmJobState(Enum):
    """What a farm says about one of its jobs. There is no `failed`: no farm manager we speak to has one."""

    WAITING = "waiting"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    COMPLETE = "complete"


class ServerState(Enum):
    """What a farm says about one of its servers."""

    ABSENT = "absent"
    IDLE = "idle"
    BUSY = "busy"
    ERROR = "error"
    SUSPENDED = "suspended"


@dataclass(frozen=True)
class FarmJob:
    """One submission: the same command for every row of `task_rows`, `{1}`, `{2}` … standing for its columns.

    `server_group` or `servers` say who may work on it; neither means everybody.
    """

    name: str
    description: str
    command: tuple[str, ...]
    task_rows: tuple[tuple[str, ...], ...]
    priority: int = 50
    server_group: str = ""
    servers: tuple[str, ...] = ()
    timeout_minutes: int = 60
    log_folder: str = ""


@dataclass(frozen=True)
class FarmJobView:
    """A farm's view of one job, as far as one listing tells it."""

    handle: str
    name: str
    state: FarmJobState


@dataclass(frozen=True)
class FarmServer:
    """A server of the farm, as far as one listing tells it."""

    handle: str
    name: str
    state: ServerState


@dataclass(frozen=True)
class ServerOnJob:
    """How one server stands to one job: works on it now, has failed on it, or neither."""

    handle: str
    active: bool = False
    failed: bool = False


@dataclass(frozen=True)
class FarmJobProgress:
    """A closer look at one job, as far as one request tells it. `servers` are those that ever had to do with it."""

    tasks_total: int
    tasks_done: int
    servers: tuple[ServerOnJob, ...] = ()


@dataclass(frozen=True)
class FarmJobDetail:
    """All that is known of one job, names in the place of handles, and what its servers said about their failures."""

    handle: str
    name: str
    state: FarmJobState
    tasks_total: int
    tasks_done: int
    servers: tuple[str, ...] = ()
    failed_servers: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()


class Farm(Protocol):
    """One farm manager. Every method may raise FarmUnreachableError, FarmProtocolError or FarmRefusedError.

    An order to a job that the manager does not know (any more) returns False. Every order may be given twice.
    """

    def visit(self) -> AbstractContextManager[None]:
        """Let all questions and orders in the block share one connection.

        Raises FarmUnreachableError at once, or, where a connection is kept between visits, at the first question.
        """
        ...

    def submit(self, job: FarmJob) -> str:
        """Hand the job over and return its handle.

        Raises FarmSubmissionError if no job came of it for a reason that may pass, FarmRefusedError if no attempt will
        do better. A lost answer may hide a success: look for the name before trying again.
        """
        ...

    def jobs(self) -> Mapping[str, FarmJobView]:
        """All jobs of the manager by name, in one request."""
        ...

    def servers(self) -> tuple[FarmServer, ...]:
        """All servers of the farm, in one request."""
        ...

    def progress(self, handle: str) -> FarmJobProgress | None:
        """A closer look in one request, or None if the manager does not know the handle."""
        ...

    def messages(self, handle: str) -> tuple[str, ...]:
        """What servers said about their failures on the job, in one request; nothing for an unknown handle."""
        ...

    def detail(self, handle: str) -> FarmJobDetail | None:
        """Everything about one job in a few requests, or None if the manager does not know the handle."""
        ...

    def archived(self) -> frozenset[str]:
        """Names of the jobs that left the queue for the manager's archive, in one request."""
        ...

    def delete(self, handle: str) -> None:
        """Take the job off the farm and stop its running tasks. A handle that is gone already is a success."""
        ...

    def suspend(self, handle: str) -> bool:
        """Give out no more tasks of the job until it is activated."""
        ...

    def activate(self, handle: str) -> bool:
        """Let a suspended job go on; finished tasks stay finished."""
        ...

    def set_priority(self, handle: str, priority: int) -> bool:
        """Change how urgent the job is: 0, the most urgent, to 99. Raises FarmRefusedError outside of that."""
        ...

    def add_server_again(self, handle: str, server: str) -> bool:
        """Let a server (its handle) that failed on the job work on it again; finished tasks stay finished."""
        ...

    def take_server_off(self, handle: str, server: str) -> bool:
        """Give a server (its handle) no more tasks of the job, until it is added again; others work on."""
        ...


@runtime_checkable
class KeepsConnection(Protocol):
    """What a farm can tell besides if it keeps a connection between visits."""

    def lost_connection(self) -> bool:
        """Whether that connection was lost since this was asked last: the manager may have been restarted meanwhile."""
        ...
