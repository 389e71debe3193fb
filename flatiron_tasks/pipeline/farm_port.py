"""What the pipeline needs from a farm, in the pipeline's own words.

Nothing here knows Backburner. A farm is asked for three things: take this job, show me all jobs at once, take these
jobs away. A farm never tells whether a piece is good: only receipts do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class FarmJobState(Enum):
    """What a farm says about one of its jobs. There is no `failed`: no farm manager we speak to has one."""

    WAITING = "waiting"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    COMPLETE = "complete"


@dataclass(frozen=True)
class FarmJob:
    """One submission: the same command for every row of `task_rows`, `{1}`, `{2}` … standing for its columns."""

    name: str
    description: str
    command: tuple[str, ...]
    task_rows: tuple[tuple[str, ...], ...]
    priority: int = 50
    server_group: str = ""
    timeout_minutes: int = 60
    log_folder: str = ""


@dataclass(frozen=True)
class FarmJobView:
    """A farm's view of one job, as far as one listing tells it."""

    handle: str
    name: str
    state: FarmJobState


@dataclass(frozen=True)
class FarmJobDetail:
    """A closer look at one job: numbers of tasks, and the servers that gave up on it."""

    handle: str
    name: str
    state: FarmJobState
    tasks_total: int
    tasks_done: int
    servers: tuple[str, ...] = ()
    failed_servers: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()


class Farm(Protocol):
    """One farm manager. Every method may raise FarmUnreachableError, FarmProtocolError or FarmRefusedError."""

    def submit(self, job: FarmJob) -> str:
        """Hand the job over and return its handle.

        A lost answer may hide a success: look for the name before trying again.
        """
        ...

    def jobs(self) -> Mapping[str, FarmJobView]:
        """All jobs of the manager by name, in one request."""
        ...

    def detail(self, handle: str) -> FarmJobDetail | None:
        """A closer look, or None if the manager does not know the handle (archived, deleted, never there)."""
        ...

    def delete(self, handle: str) -> None:
        """Take the job off the farm and stop its running tasks. A handle that is gone already is a success."""
        ...
