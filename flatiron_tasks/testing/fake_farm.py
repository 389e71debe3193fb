"""A farm in memory, which does what a test tells it and refuses what a real farm would refuse.

The contract suite runs the same tests on this and on real processes. Nothing moves by itself: tasks begin, end and fail
when the test says so.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from flatiron_tasks.backburner import submission
from flatiron_tasks.contracts.errors import FarmRefusedError, FarmSubmissionError, FarmUnreachableError, StateError
from flatiron_tasks.pipeline.farm_port import (
    Farm,
    FarmJob,
    FarmJobDetail,
    FarmJobProgress,
    FarmJobState,
    FarmJobView,
    FarmServer,
    ServerOnJob,
    ServerState,
)


@dataclass
class _Entry:
    handle: str
    job: FarmJob
    priority: int
    suspended: bool = False
    active: dict[int, str] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    failed_servers: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    taken_off: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)

    def is_for(self, server: str) -> bool:
        """Whether the server belongs to the job: by its submission, or because somebody put it on or off since."""
        return server not in self.taken_off and (not self.job.servers or server in {*self.job.servers, *self.added})

    @property
    def state(self) -> FarmJobState:
        if len(self.done) == len(self.job.task_rows):
            return FarmJobState.COMPLETE
        if self.suspended:
            return FarmJobState.SUSPENDED
        return FarmJobState.ACTIVE if self.active else FarmJobState.WAITING


class FakeFarm:
    """The farm port in memory. Tasks are numbered from 1; a server's handle is its number in `servers`, from 1.

    Set `unreachable` to make every call fail as if the manager were away; `lose_next_answer` takes the next submission
    and then fails as if its answer had been lost; `blind` lists nothing, as a manager that reads its queue after a
    restart might. `submissions` holds every job that was ever taken, `requests` counts what was asked, by method.
    """

    def __init__(self, servers: tuple[str, ...] = ("node-1", "node-2")) -> None:
        self.server_names = servers
        self.absent: set[str] = set()
        self.unreachable = False
        self.lose_next_answer = False
        self.blind = False
        self.submissions: list[FarmJob] = []
        self.requests: Counter[str] = Counter()
        self._entries: dict[str, _Entry] = {}
        self._archive: set[str] = set()
        self._handles = itertools.count(3_000_000_001)

    @contextmanager
    def visit(self) -> Iterator[None]:
        """See the port."""
        self._refuse_if_away()
        yield

    def submit(self, job: FarmJob) -> str:
        """See the port."""
        submission.check(job)
        self._answer_or_raise("submit")
        if any(entry.job.name == job.name for entry in self._entries.values()):
            raise FarmSubmissionError(f"A job named {job.name!r} is in the queue already")
        entry = _Entry(str(next(self._handles)), job, job.priority)
        self._entries[entry.handle] = entry
        self.submissions.append(job)
        if self.lose_next_answer:
            self.lose_next_answer = False
            raise FarmUnreachableError("The fake farm took the job, and its answer was lost")
        return entry.handle

    def jobs(self) -> Mapping[str, FarmJobView]:
        """See the port."""
        self._answer_or_raise("jobs")
        entries = [] if self.blind else self._entries.values()
        return {entry.job.name: FarmJobView(entry.handle, entry.job.name, entry.state) for entry in entries}

    def servers(self) -> tuple[FarmServer, ...]:
        """See the port."""
        self._answer_or_raise("servers")
        busy = {name for entry in self._entries.values() for name in entry.active.values()}
        return tuple(
            FarmServer(_handle(number), name, self._server_state(name, busy))
            for number, name in enumerate(self.server_names, 1)
        )

    def progress(self, handle: str) -> FarmJobProgress | None:
        """See the port."""
        self._answer_or_raise("progress")
        entry = self._entries.get(handle)
        if entry is None:
            return None
        active = set(entry.active.values())
        servers = [
            ServerOnJob(_handle(number), name in active, name in entry.failed_servers)
            for number, name in enumerate(self.server_names, 1)
            if entry.is_for(name)
        ]
        return FarmJobProgress(len(entry.job.task_rows), len(entry.done), tuple(servers))

    def messages(self, handle: str) -> tuple[str, ...]:
        """See the port."""
        self._answer_or_raise("messages")
        entry = self._entries.get(handle)
        return tuple(entry.messages) if entry else ()

    def detail(self, handle: str) -> FarmJobDetail | None:
        """See the port."""
        self._answer_or_raise("detail")
        entry = self._entries.get(handle)
        if entry is None:
            return None
        return FarmJobDetail(
            handle=handle,
            name=entry.job.name,
            state=entry.state,
            tasks_total=len(entry.job.task_rows),
            tasks_done=len(entry.done),
            servers=tuple(filter(entry.is_for, self.server_names)),
            failed_servers=tuple(entry.failed_servers),
            messages=tuple(entry.messages),
        )

    def archived(self) -> frozenset[str]:
        """See the port."""
        self._answer_or_raise("archived")
        return frozenset(self._archive)

    def delete(self, handle: str) -> None:
        """See the port."""
        self._answer_or_raise("delete")
        self._entries.pop(handle, None)

    def suspend(self, handle: str) -> bool:
        """See the port; running tasks stop."""
        self._answer_or_raise("suspend")
        entry = self._entries.get(handle)
        if entry is not None and entry.state is not FarmJobState.COMPLETE:
            entry.suspended = True
            entry.active.clear()
        return entry is not None

    def activate(self, handle: str) -> bool:
        """See the port."""
        self._answer_or_raise("activate")
        entry = self._entries.get(handle)
        if entry is not None:
            entry.suspended = False
        return entry is not None

    def set_priority(self, handle: str, priority: int) -> bool:
        """See the port."""
        if not 0 <= priority <= 99:
            raise FarmRefusedError(f"The fake farm has no priority {priority}")
        self._answer_or_raise("set_priority")
        entry = self._entries.get(handle)
        if entry is not None:
            entry.priority = priority
        return entry is not None

    def add_server_again(self, handle: str, server: str) -> bool:
        """See the port."""
        self._answer_or_raise("add_server_again")
        entry, name = self._entries.get(handle), self._server_name(server)
        if entry is None or name is None:
            return False
        entry.failed_servers = [failed for failed in entry.failed_servers if failed != name]
        entry.taken_off.discard(name)
        entry.added.add(name)
        return True

    def take_server_off(self, handle: str, server: str) -> bool:
        """See the port; its running tasks wait again."""
        self._answer_or_raise("take_server_off")
        entry, name = self._entries.get(handle), self._server_name(server)
        if entry is None or name is None:
            return False
        entry.taken_off.add(name)
        entry.active = {task: worker for task, worker in entry.active.items() if worker != name}
        return True

    def commands(self, handle: str) -> tuple[tuple[str, ...], ...]:
        """What the farm would run: the command line of every task, its placeholders filled in."""
        job = self._entry(handle).job
        return tuple(submission.filled(job.command, row) for row in job.task_rows)

    def priority(self, handle: str) -> int:
        """How urgent the farm takes the job."""
        return self._entry(handle).priority

    def begin(self, handle: str, task: int, server: str = "") -> None:
        """A server takes a task. Raises StateError if the task or the server is not there to be taken."""
        entry = self._open_task(handle, task)
        if entry.suspended:
            raise StateError(f"The fake farm's job {handle} is suspended")
        out = {*self.absent, *entry.failed_servers}
        fit = [name for name in self.server_names if name not in out and entry.is_for(name)]
        if not fit or (server and server not in fit):
            raise StateError(f"The fake farm has no server {server} for job {handle}")
        entry.active[task] = server or fit[0]

    def finish(self, handle: str, *tasks: int) -> None:
        """These tasks, or all that are left, end well."""
        entry = self._entry(handle)
        everything = range(1, len(entry.job.task_rows) + 1)
        for task in tasks or [task for task in everything if task not in entry.done]:
            if task not in entry.active:
                self.begin(handle, task)
            del entry.active[task]
            entry.done.add(task)

    def fail(self, handle: str, task: int, server: str, message: str = "exit code 1") -> None:
        """A task failed on a server: the server is out for this job, the task waits again."""
        entry = self._open_task(handle, task)
        if server not in self.server_names:
            raise StateError(f"The fake farm has no server {server}")
        entry.active.pop(task, None)
        entry.messages.append(f"{entry.job.name}, task {task} on {server}: {message}")
        if server not in entry.failed_servers:
            entry.failed_servers.append(server)

    def vanish(self, handle: str, *, archive: bool = False) -> None:
        """Somebody, or the manager's own rules, take the job off the queue, perhaps into the archive."""
        entry = self._entries.pop(self._entry(handle).handle)
        if archive:
            self._archive.add(entry.job.name)

    def _server_state(self, name: str, busy: set[str]) -> ServerState:
        if name in self.absent:
            return ServerState.ABSENT
        return ServerState.BUSY if name in busy else ServerState.IDLE

    def _server_name(self, handle: str) -> str | None:
        names = {_handle(number): name for number, name in enumerate(self.server_names, 1)}
        return names.get(handle)

    def _answer_or_raise(self, method: str) -> None:
        self.requests[method] += 1
        self._refuse_if_away()

    def _refuse_if_away(self) -> None:
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


def _handle(number: int) -> str:
    return f"{number:016X}"


_: type[Farm] = FakeFarm
