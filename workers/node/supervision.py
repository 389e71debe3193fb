"""Watch a running renderer: it ends by itself, or for a reason that stands in the error."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Protocol

from workers.node.exit_codes import NodeExit
from workers.node.failure import AttemptFailedError
from workers.node.renderer_process import RendererProcess

_TICK_S = 0.5
_LOOK_S = 5.0  # a look at the share costs the file server a few requests, from every node at once


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The moment, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""
        ...


class SystemClock:
    """The node's clock."""

    def now(self) -> datetime:
        """The moment, UTC."""
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""
        return time.monotonic()


@dataclass(frozen=True)
class Limits:
    """When a renderer has had enough time."""

    time_limit_s: float
    no_progress_s: float


class Watch:
    """The watch over one renderer."""

    def __init__(
        self,
        process: RendererProcess,
        *,
        work: Path,
        limits: Limits,
        clock: Clock,
        is_stopped: Callable[[], bool],
        is_gone: Callable[[], bool],
        look_further: Callable[[], None] = lambda: None,
    ) -> None:
        self._process = process
        self._work = work
        self._limits = limits
        self._clock = clock
        self._is_stopped = is_stopped
        self._is_gone = is_gone
        self._look_further = look_further
        self._started = self._last_progress = self._last_look = clock.monotonic()
        self._seen: object = None
        self._missed = False

    def until_end(self) -> int:
        """The renderer's exit code. Raises AttemptFailedError when it must be killed; killing is the caller's."""
        while True:
            exit_code = self._process.wait(_TICK_S)
            if self._is_stopped():
                raise _stopped("This run was asked to stop.")
            if exit_code is not None:
                return exit_code
            now = self._clock.monotonic()
            self._check_time(now)
            if now - self._last_look >= _LOOK_S:
                self._last_look = now
                self._look(now)

    def _check_time(self, now: float) -> None:
        if now - self._started > self._limits.time_limit_s:
            raise AttemptFailedError(
                f"The renderer took longer than {self._limits.time_limit_s / 60:g} minutes.",
                why="It hangs (a dialog, a licence that it waits for), or the task is too big.",
                advice="Read the log; raise the job's time limit or cut the job into more strips.",
                code=NodeExit.TIMED_OUT,
                failure_class="timeout",
            )

    def _look(self, now: float) -> None:
        """Is the job still there? Has anything moved?"""
        gone = self._is_gone()
        if gone and self._missed:  # one look alone may be a hiccup of the share
            raise job_is_gone()
        self._missed = gone
        self._look_further()
        seen = (self._process.spoken(), _files(self._work))
        if seen != self._seen:
            self._seen, self._last_progress = seen, now
        elif now - self._last_progress > self._limits.no_progress_s:
            raise AttemptFailedError(
                f"The renderer neither wrote nor said anything for {self._limits.no_progress_s:g} seconds.",
                why="It hangs: often a dialog that nobody sees, or a licence that it waits for.",
                advice="Read the log; start the renderer once by hand under this node's account.",
                code=NodeExit.NO_PROGRESS,
                failure_class="no-progress",
            )


def _files(folder: Path) -> set[tuple[str, int, int]]:
    found = set()
    with contextlib.suppress(OSError):  # a file may vanish while it is looked at
        for path in folder.rglob("*"):
            status = path.lstat()
            found.add((str(path), status.st_size, status.st_mtime_ns))
    return found


def job_is_gone() -> AttemptFailedError:
    """The error for a job that was taken away while its task ran."""
    return _stopped("The job was cancelled or cleaned.")


def _stopped(what: str) -> AttemptFailedError:
    return AttemptFailedError(
        what, advice="Nothing to do if that was meant.", code=NodeExit.REVOKED, failure_class="revoked"
    )
