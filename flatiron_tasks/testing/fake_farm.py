"""A farm in memory, which does what a test tells it and refuses what a real farm would refuse.

The contract suite runs the same tests on this and on real processes. Nothing moves by itself: tasks begin, end and fail
when the test says so.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from flatiron_tasks.backburner import submission
from flatiron_tasks.contracts.errors import FarmRefusedError, FarmUnreachableError, StateError
from flatiron_tasks.pipeline.farm_port import Farm, FarmJob, FarmJobDetail, FarmJobState, FarmJobView


@dataclass
class _Entry:
    handle: str
    job: FarmJob
    suspended: bool = False
    active: set[int] = field(default_factory=set)
    done: set[int] = field(default_factory=set)
    failed_servers: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    @property
    def state(self) -> FarmJobState:
        if len(self.done) == len(self.job.task_rows):
            return FarmJobState.COMPLETE
        if self.suspended:
            return FarmJobState.SUSPENDED
        return FarmJobState.ACTIVE if self.active else FarmJobState.WAITING


class FakeFarm:
    """The farm port in memory. Tasks are numbered from 1.

    Set `unreachable` to make every call fail as if the manager were away; `lose_next_answer` takes the next submission
    and then fails as if its answer had been lost. `submissions` holds every job that was ever taken.
    """

    def __init__(self, servers: tuple[str, ...] = ("node-1", "node-2")) -> None:
        self.servers = servers
        self.unreachable = False
        self.lose_next_answer = False
        self.submissions: list[FarmJob] = []
        self._entries: dict[str, _Entry] = {}
        self._handles = itertools.count(3_000_000_001)

    def submit(self, job: FarmJob) -> str:
        """See the port."""
        submission.check(job)
        self._answer_or_raise()
        if job.name in self.jobs():
            raise FarmRefusedError(f"A job named {job.name!r} is in the queue already")
        entry = _Entry(str(next(self._handles)), job)
        self._entries[entry.handle] = entry
        self.submissions.append(job)
        if self.lose_next_answer:
            self.lose_next_answer = False
            raise FarmUnreachableError("The fake farm took the job, and its answer was lost")
        return entry.handle

    def jobs(self) -> Mapping[str, FarmJobView]:
        """See the port."""
        self._answer_or_raise()
        return {
            entry.job.name: FarmJobView(entry.handle, entry.job.name, entry.state) for entry in self._entries.values()
        }

    def detail(self, handle: str) -> FarmJobDetail | None:
        """See the port."""
        self._answer_or_raise()
        entry = self._entries.get(handle)
        if entry is None:
            return None
        return FarmJobDetail(
            handle=handle,
            name=entry.job.name,
            state=entry.state,
            tasks_total=len(entry.job.task_rows),
            tasks_done=len(entry.done),
            servers=self.servers,
            failed_servers=tuple(entry.failed_servers),
            messages=tuple(entry.messages),
        )

    def delete(self, handle: str) -> None:
        """See the port."""
        self._answer_or_raise()
        self._entries.pop(handle, None)

    def commands(self, handle: str) -> tuple[tuple[str, ...], ...]:
        """What the farm would run: the command line of every task, its placeholders filled in."""
        job = self._entry(handle).job
        return tuple(submission.filled(job.command, row) for row in job.task_rows)

    def begin(self, handle: str, task: int) -> None:
        """A server takes a task. Raises StateError if it is not there to be taken."""
        entry = self._open_task(handle, task)
        if entry.suspended:
            raise StateError(f"The fake farm's job {handle} is suspended")
        entry.active.add(task)

    def finish(self, handle: str, *tasks: int) -> None:
        """These tasks, or all that are left, end well."""
        entry = self._entry(handle)
        everything = range(1, len(entry.job.task_rows) + 1)
        for task in tasks or [task for task in everything if task not in entry.done]:
            self.begin(handle, task)
            entry.active.discard(task)
            entry.done.add(task)

    def fail(self, handle: str, task: int, server: str, message: str = "exit code 1") -> None:
        """A task failed on a server: the server is out for this job, the task waits again."""
        entry = self._open_task(handle, task)
        if server not in self.servers:
            raise StateError(f"The fake farm has no server {server}")
        entry.active.discard(task)
        entry.messages.append(f"{entry.job.name}, task {task} on {server}: {message}")
        if server not in entry.failed_servers:
            entry.failed_servers.append(server)

    def suspend(self, handle: str) -> None:
        """Somebody suspends the job in a monitor; its running tasks stop."""
        entry = self._entry(handle)
        if entry.state is not FarmJobState.COMPLETE:
            entry.suspended = True
            entry.active.clear()

    def activate(self, handle: str) -> None:
        """Somebody activates the job in a monitor; failed servers get another chance."""
        entry = self._entry(handle)
        entry.suspended = False
        entry.failed_servers.clear()

    def vanish(self, handle: str) -> None:
        """Somebody, or the manager's own rules, take the job off the queue."""
        del self._entries[self._entry(handle).handle]

    def _answer_or_raise(self) -> None:
        if self.unreachable:
            raise FarmUnreachableError("The fake farm is away", advice="set `unreachable` to False")

    def _entry(self, handle: str) -> _Entry:
        if handle not in self._entries:
            raise StateError(f"The fake farm has no job {handle}")
        return self._entries[handle]

    def _open_task(self, handle: str, task: int) -> _Entry:
        entry = self._entry(handle)
        if not 1 <= task <= len(entry.job.task_rows) or task in entry.done:
            raise StateError(f"The fake farm's job {handle} has no open task {task}")
        return entry


_: type[Farm] = FakeFarm
