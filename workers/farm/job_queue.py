"""Which server gets which task, and what becomes of it: Backburner's rules, without network or processes.

Time comes from the caller. Every change is on disk before the method returns, and then told to whoever listens. A task
is held under an assignment number; what arrives for a number that is no longer held is old news and changes nothing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from flatiron_tasks.backburner import assumptions
from flatiron_tasks.backburner.datagrams import Event
from flatiron_tasks.backburner.records import ArchiveEntry
from flatiron_tasks.contracts.errors import FarmRefusedError
from workers.farm import dependencies
from workers.farm.archive import archived
from workers.farm.eligibility import may_work
from workers.farm.faults import Faults
from workers.farm.handles import new_job_handle, server_handle
from workers.farm.jobs import Job, JobSpec, OnCompletion, Standing, Task, TaskState, new_job
from workers.farm.policy import QueuePolicy
from workers.farm.store import Store

_NO_FAULTS: Final = Faults()
_SHIPPED_POLICY: Final = QueuePolicy()


@dataclass(frozen=True)
class Assignment:
    """One task given to one server. `id` is never used twice."""

    id: int
    job: Job
    task: Task


class JobQueue:
    """All jobs of the manager. Give `tell` a function that takes every event with its fields."""

    def __init__(
        self,
        store: Store,
        policy: QueuePolicy = _SHIPPED_POLICY,
        clock: Callable[[], float] = time.time,
        faults: Faults = _NO_FAULTS,
    ) -> None:
        self.tell: Callable[..., None] = lambda _event, *_fields: None
        self._store = store
        self._policy = policy
        self._clock = clock
        self._faults = faults
        self.jobs = {job.handle: job for job in store.jobs()}
        self._end_waiting_for_complete_jobs()
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
        """Add a job. Raises FarmRefusedError if its name is taken, or if it depends on a job that nobody knows."""
        spec = replace(spec, name=self._free_name(spec.name)) if spec.adjust_name else spec
        if spec.name in self._names():
            raise FarmRefusedError(f"A job named {spec.name!r} is in the queue already")
        waits_for = dependencies.unmet(spec.dependencies, self.jobs, self.archive() if spec.dependencies else [])
        job = new_job(new_job_handle(self.jobs), spec, self._clock(), waits_for)
        self._store.add(job)
        self.jobs[job.handle] = job
        self._tell(Event.NEW_JOB, job)
        return job

    def delete(self, job: Job) -> None:
        """Take the job off the queue; its assignments are void from now on. Jobs that wait for it wait on."""
        if not job.ended:
            self._report_to_waiting(job, f"{job.spec.name}, which this job waits for, was deleted incomplete")
        self._forget(job)

    def put_away(self, job: Job) -> None:
        """Move a complete job to the archive now. Raises FarmRefusedError if it is not complete."""
        if not job.ended:
            raise FarmRefusedError(f"The job {job.spec.name} is not complete")
        self._forget(job, archived(job))

    def suspend(self, job: Job) -> None:
        """Give out no more tasks of this job and void its assignments. A complete job stays as it is."""
        if not job.ended:
            job.suspended = True
            self._free(job, self._tasks_held(job))
            self._tell(Event.JOB_STATE, job, int(job.wire_state))

    def activate(self, job: Job) -> None:
        """Let a suspended job go on; complete tasks stay complete."""
        job.suspended = False
        self._store.save(job)
        if not job.ended:
            self._tell(Event.JOB_STATE, job, int(job.wire_state))

    def restart(self, job: Job) -> None:
        """Begin at the first task again: what was complete is not any more."""
        self._free(job, self._tasks_held(job))
        for task in job.tasks:
            task.state, task.server = TaskState.WAITING, ""
        job.started = job.ended = 0.0
        job.standings = {name: self._fresh(standing.assigned) for name, standing in job.standings.items()}
        self._store.save(job, job.tasks)
        self._tell(Event.JOB_RESTARTED, job)

    def set_priority(self, job: Job, priority: int) -> None:
        """Change how urgent the job is; the lowest priority suspends it, and any other ends that again."""
        before, job.priority = job.priority, priority
        self._store.save(job)
        self._tell(Event.JOB_PRIORITY, job, priority)
        if priority >= assumptions.PRIORITY_SUSPENDED:
            self.suspend(job)
        elif before >= assumptions.PRIORITY_SUSPENDED:
            self.activate(job)

    def take_server_off(self, job: Job, server: str) -> None:
        """This server gets no more tasks of the job; the one that it works on goes to another."""
        self._standing(job, server).assigned = False
        self._free(job, [task for task in self._tasks_held(job) if task.server == server])
        self._tell(Event.JOB_RESET, job, server_handle(server))

    def put_server_on(self, job: Job, server: str) -> None:
        """This server may work on the job, as if it never failed there and whatever the submission said."""
        standing = self._standing(job, server)
        standing.failed, standing.retries_left, standing.assigned = False, self._policy.retry_count, True
        self._store.save(job)
        self._tell(Event.JOB_EDITED, job)

    def next_task(self, server: str, groups: frozenset[str]) -> Assignment | None:
        """Assign the next task that this server may have: most urgent job first, then the oldest."""
        for job in sorted(self.jobs.values(), key=lambda job: job.priority):
            if may_work(server, groups, job):
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
        self._tell(Event.TASK_COMPLETE, job, task.number, round(elapsed_ms))
        if job.ended:
            self._completed(job)

    def fail(self, held: Assignment, message: str) -> None:
        """The task's command failed: the server is failed for this job, the task waits for another one."""
        standing = self._standing(held.job, held.task.server)
        standing.failed = True
        standing.retry_at = self._clock() + self._policy.retry_interval_s
        held.job.report(message)
        self._free(held.job, [held.task])
        self._tell(Event.TASK_ERROR, held.job)

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

    def _assign(self, job: Job, task: Task, server: str) -> Assignment:
        task.state, task.server, task.assignment = TaskState.ASSIGNED, server, secrets.randbits(62) | 1
        is_new_there = job.started == 0 or server not in job.standings
        self._standing(job, server)
        job.started = job.started or self._clock()
        self._store.save(job, [task])
        self._held[task.assignment] = Assignment(task.assignment, job, task)
        if is_new_there:
            self._tell(Event.SERVER_ASSIGNED, job, server_handle(server))
            self._tell(Event.JOB_STARTS, job, server_handle(server))
        return self._held[task.assignment]

    def _completed(self, job: Job) -> None:
        self._end_waiting_for_complete_jobs()
        for name, standing in job.standings.items():
            if standing.tasks:
                self._tell(Event.SERVER_FINISHED_JOB, job, server_handle(name))
        self._tell(Event.LAST_TASK_DONE, job)
        if self._faults.job_vanishes_named(job.spec.name):
            self._forget(job)

    def _end_waiting_for_complete_jobs(self) -> None:
        """Also at the start: a manager may be killed between a job's end and this."""
        for job in self.jobs.values():
            met = {handle for handle in job.waits_for if handle in self.jobs and self.jobs[handle].ended}
            if met:
                job.waits_for -= met
                self._store.save(job)

    def _report_to_waiting(self, job: Job, message: str) -> None:
        for other in self.jobs.values():
            if job.handle in other.waits_for:
                other.report(message)
                self._store.save(other)

    def _tasks_held(self, job: Job) -> list[Task]:
        return [held.task for held in self._held.values() if held.job is job]

    def _free(self, job: Job, tasks: list[Task]) -> None:
        for task in tasks:
            del self._held[task.assignment]
            task.state, task.server, task.assignment = TaskState.WAITING, "", 0
        self._store.save(job, tasks)

    def _standing(self, job: Job, server: str) -> Standing:
        return job.standings.setdefault(server, self._fresh())

    def _fresh(self, assigned: bool | None = None) -> Standing:
        return Standing(retries_left=self._policy.retry_count, assigned=assigned)

    def _tell(self, event: Event, job: Job, *fields: object) -> None:
        self.tell(event, job.handle, *fields)

    def _retry_servers(self, job: Job, now: float) -> None:
        due = [s for s in job.standings.values() if s.failed and s.retries_left > 0 and s.retry_at <= now]
        for standing in due:
            standing.retries_left -= 1
            standing.failed = False
        if due:
            self._store.save(job)

    def _settle(self, job: Job, now: float) -> None:
        fate = self._policy.fate(job, now)
        if fate is not OnCompletion.LEAVE:
            self._forget(job, archived(job) if fate is OnCompletion.ARCHIVE else None)

    def _forget(self, job: Job, entry: ArchiveEntry | None = None) -> None:
        self._store.remove(job, entry)
        del self.jobs[job.handle]
        self._held = {number: held for number, held in self._held.items() if held.job is not job}
        self._tell(Event.JOB_DELETED, job)

    def _names(self) -> frozenset[str]:
        return frozenset(job.spec.name for job in self.jobs.values())

    def _free_name(self, name: str) -> str:
        taken = self._names()
        endings = ("", *(f"_{number}" for number in range(1, len(taken) + 2)))
        candidates = (name[: assumptions.JOB_NAME_LIMIT - len(ending)] + ending for ending in endings)
        return next(candidate for candidate in candidates if candidate not in taken)
