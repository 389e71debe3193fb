"""Which server gets which task, and what becomes of it: Backburner's rules, without network or processes.

Time comes from the caller. Every change is on disk before the method returns. A task is held under an assignment
number; what arrives for a number that is no longer held is old news and changes nothing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from flatiron_tasks.backburner import assumptions
from flatiron_tasks.backburner.records import ArchiveEntry
from flatiron_tasks.contracts.errors import FarmRefusedError
from workers.farm.jobs import Job, JobSpec, OnCompletion, Standing, Task, TaskState, new_job
from workers.farm.store import Store

_DAY_S = 86_400.0


@dataclass(frozen=True)
class QueuePolicy:
    """What an administrator can set. `on_completion` is for jobs that do not say it themselves."""

    retry_count: int = assumptions.RETRY_COUNT
    retry_interval_s: float = assumptions.RETRY_INTERVAL_S
    on_completion: OnCompletion = OnCompletion.ARCHIVE


@dataclass(frozen=True)
class Assignment:
    """One task given to one server. `id` is never used twice."""

    id: int
    job: Job
    task: Task


class JobQueue:
    """All jobs of the manager."""

    def __init__(
        self, store: Store, policy: QueuePolicy = QueuePolicy(), clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self.jobs = {job.handle: job for job in store.jobs()}
        self._held = {
            task.assignment: Assignment(task.assignment, job, task)
            for job in self.jobs.values()
            for task in job.tasks
            if task.state is TaskState.ASSIGNED
        }

    def archive(self) -> list[ArchiveEntry]:
        """Jobs that left the queue for the archive."""
        return self._store.archive()

    def submit(self, spec: JobSpec) -> Job:
        """Add a job. Raises FarmRefusedError if its name is taken."""
        spec = replace(spec, name=self._free_name(spec.name)) if spec.adjust_name else spec
        if spec.name in self._names():
            raise FarmRefusedError(f"A job named {spec.name!r} is in the queue already")
        job = new_job(self._free_handle(), spec, self._clock())
        self._store.add(job)
        self.jobs[job.handle] = job
        return job

    def delete(self, job: Job) -> None:
        """Take the job off the queue; its assignments are void from now on."""
        self._forget(job)

    def suspend(self, job: Job) -> None:
        """Give out no more tasks of this job and void its assignments. A complete job stays as it is."""
        if not job.ended:
            job.suspended = True
            self._free(job, [held.task for held in self._held.values() if held.job is job])

    def activate(self, job: Job) -> None:
        """Let a suspended job go on; complete tasks stay complete."""
        job.suspended = False
        self._store.save(job)

    def next_task(self, server: str, groups: frozenset[str]) -> Assignment | None:
        """Assign the next task that this server may have: most urgent job first, then the oldest."""
        for job in sorted(self.jobs.values(), key=lambda job: job.spec.priority):
            if self._may_work(server, groups, job):
                task = next((task for task in job.tasks if task.state is TaskState.WAITING), None)
                if task is not None:
                    return self._assign(job, task, server)
        return None

    def find(self, assignment: int) -> Assignment | None:
        """The assignment, if it is still held."""
        return self._held.get(assignment)

    def complete(self, held: Assignment, elapsed_ms: float) -> None:
        """The task's command succeeded."""
        job, task = held.job, held.task
        standing = self._standing(job, task.server)
        standing.tasks += 1
        standing.task_ms += elapsed_ms
        del self._held[held.id]
        task.state, task.assignment = TaskState.COMPLETE, 0
        if job.tasks_done == len(job.tasks):
            job.ended = self._clock()
        self._store.save(job, [task])

    def fail(self, held: Assignment, message: str) -> None:
        """The task's command failed: the server is failed for this job, the task waits for another one."""
        standing = self._standing(held.job, held.task.server)
        standing.failed = True
        standing.retry_at = self._clock() + self._policy.retry_interval_s
        held.job.report(message)
        self._free(held.job, [held.task])

    def release(self, server: str, message: str = "", *, keep: int = 0) -> None:
        """The server no longer works on what it holds, except for the assignment `keep`: others may have it."""
        for held in [held for held in self._held.values() if held.task.server == server and held.id != keep]:
            if message:
                held.job.report(message)
            self._free(held.job, [held.task])

    def tick(self) -> None:
        """What time brings: another chance for failed servers, and complete jobs that leave the queue."""
        now = self._clock()
        for job in list(self.jobs.values()):
            self._retry_servers(job, now)
            self._settle(job, now)

    def servers_with_tasks(self) -> frozenset[str]:
        """Names of the servers that hold anything."""
        return frozenset(held.task.server for held in self._held.values())

    def _may_work(self, server: str, groups: frozenset[str], job: Job) -> bool:
        if job.suspended or job.ended:
            return False
        free_place = not 0 < job.spec.server_count <= len(job.active_servers)
        return _is_meant(server, groups, job.spec) and not self._standing(job, server).failed and free_place

    def _assign(self, job: Job, task: Task, server: str) -> Assignment:
        task.state, task.server, task.assignment = TaskState.ASSIGNED, server, secrets.randbits(62) | 1
        job.started = job.started or self._clock()
        self._store.save(job, [task])
        self._held[task.assignment] = Assignment(task.assignment, job, task)
        return self._held[task.assignment]

    def _free(self, job: Job, tasks: list[Task]) -> None:
        for task in tasks:
            del self._held[task.assignment]
            task.state, task.server, task.assignment = TaskState.WAITING, "", 0
        self._store.save(job, tasks)

    def _standing(self, job: Job, server: str) -> Standing:
        return job.standings.setdefault(server, Standing(retries_left=self._policy.retry_count))

    def _retry_servers(self, job: Job, now: float) -> None:
        due = [s for s in job.standings.values() if s.failed and s.retries_left > 0 and s.retry_at <= now]
        for standing in due:
            standing.retries_left -= 1
            standing.failed = False
        if due:
            self._store.save(job)

    def _settle(self, job: Job, now: float) -> None:
        wish = job.spec.on_completion
        fate = self._policy.on_completion if wish is OnCompletion.DEFAULT else wish
        if not job.ended or fate is OnCompletion.LEAVE or now < job.ended + job.spec.completion_days * _DAY_S:
            return
        self._forget(job, _archived(job) if fate is OnCompletion.ARCHIVE else None)

    def _forget(self, job: Job, entry: ArchiveEntry | None = None) -> None:
        self._store.remove(job, entry)
        del self.jobs[job.handle]
        self._held = {number: held for number, held in self._held.items() if held.job is not job}

    def _names(self) -> frozenset[str]:
        return frozenset(job.spec.name for job in self.jobs.values())

    def _free_name(self, name: str) -> str:
        taken = self._names()
        endings = ("", *(f"_{number}" for number in range(1, len(taken) + 2)))
        candidates = (name[: assumptions.JOB_NAME_LIMIT - len(ending)] + ending for ending in endings)
        return next(candidate for candidate in candidates if candidate not in taken)

    def _free_handle(self) -> int:
        handle = 0
        while handle == 0 or handle in self.jobs:
            handle = secrets.randbits(32)
        return handle


def _is_meant(server: str, groups: frozenset[str], spec: JobSpec) -> bool:
    if spec.group:
        return spec.group in groups
    return not spec.servers or server in spec.servers


def _archived(job: Job) -> ArchiveEntry:
    spec = job.spec
    return ArchiveEntry(
        str(job.handle), spec.name, spec.user, spec.description, date_text(job.submitted), date_text(job.ended)
    )


def date_text(moment: float) -> str:
    """A time as the local manager writes it; zeros for one that never was."""
    if not moment:
        return "0000-00-00 00:00:00"
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
