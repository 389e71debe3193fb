"""What running jobs cost: the real steps on a real Redis, one after the other in this process, as one worker would.

Farm and renderer only write; their work is done before anything is measured. Celery's own messages are not included.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import redis

from flatiron_tasks.api import Desk
from flatiron_tasks.pipeline.expiry import forget_old
from flatiron_tasks.pipeline.next_steps import Step
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.tasks.publish import publish_alone
from tests.benchmarks.scale_clock import AskingClock
from tests.benchmarks.scale_cost import Cost, cost_of
from tests.benchmarks.scale_jobs import rendered_jobs, waiting_jobs
from tests.benchmarks.scale_redis import RedisMeter
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import SyntheticJob

WAITING_MANAGER = "elsewhere.example:3234"
STEPS_PER_SECOND = 50
"""So many steps count as a second of work, after which views are published; every fifth is one with a sweep."""

_SWEEP_EVERY = 5
_MOST_ROUNDS = 10_000


@dataclass(frozen=True)
class RunningCost:
    """What each kind of work took, and how often it was done.

    Per job: `acceptance`, from message to farm; `expiry`, being forgotten when the time has come; `memory`, bytes of an
    ended one by kind.
    """

    jobs: int
    passes: int
    acceptance: Cost
    expiry: Cost
    memory: Mapping[str, int]
    by_kind: dict[str, Cost]
    times: Counter[str]

    def each(self, kind: str) -> Cost:
        """What one of a kind took."""
        return self.by_kind[kind].per(max(1, self.times[kind]))

    @property
    def per_pass(self) -> Cost:
        """Everything, from the first receipt to the clean-up, as the share of one pass."""
        return sum(self.by_kind.values(), Cost()).per(self.jobs * self.passes)


class UnfinishedError(Exception):
    """Jobs of the benchmark did not end as they should: its numbers mean nothing."""


def measure_running(client: redis.Redis, folder: Path, *, waiting: int, running: int, passes: int) -> RunningCost:
    """Bake so many jobs, rendered all at once, while others wait at another manager. Raises UnfinishedError."""
    client.flushdb()
    workshop, meter = Workshop(client, AskingClock(client), folder / "network"), RedisMeter(client)
    waiting_jobs(workshop.context, folder, WAITING_MANAGER, waiting, passes)
    jobs = list(rendered_jobs(folder, running, passes))
    for job in jobs:
        _hide_pieces(job)

    def accept_all() -> None:
        for job in jobs:
            workshop.accept(job)
        workshop.work()

    acceptance = cost_of(meter, accept_all, threads=True).per(running)
    for job in jobs:
        _show_pieces(job)
    for view in list(workshop.farm.jobs().values()):
        workshop.farm.finish(view.handle)
    work = _Work(workshop, meter)
    work.run(jobs)
    memory = meter.bytes_of(jobs[0].files.job.job_id, jobs[0].files.job.submitted_by.user)
    workshop.clock.advance(86_400 * (workshop.context.settings.keep_ended_days + 1))
    expiry = cost_of(meter, lambda: forget_old(workshop.context), threads=True).per(running)
    return RunningCost(running, passes, acceptance, expiry, memory, dict(work.by_kind), work.times)


def _hide_pieces(job: SyntheticJob) -> None:
    job.files.folder.pieces.rename(_hidden(job))
    job.files.folder.pieces.mkdir()


def _show_pieces(job: SyntheticJob) -> None:
    job.files.folder.pieces.rmdir()
    _hidden(job).rename(job.files.folder.pieces)


def _hidden(job: SyntheticJob) -> Path:
    return job.files.folder.path / "pieces-to-come"


class _Work:
    def __init__(self, workshop: Workshop, meter: RedisMeter) -> None:
        self._workshop = workshop
        self._meter = meter
        self.by_kind: defaultdict[str, Cost] = defaultdict(Cost)
        self.times: Counter[str] = Counter()

    def run(self, jobs: list[SyntheticJob]) -> None:
        """Go on until all jobs are done and cleaned up behind."""
        for second in range(_MOST_ROUNDS):
            self._workshop.clock.advance(1)
            if second % _SWEEP_EVERY == 0:
                self._measure("sweep", 1, lambda: self._workshop.sweep(seconds=0))
            self._steps()
            self._measure("publish", 1, lambda: publish_alone(self._workshop.context))
            if not self._workshop.messages and second % _SWEEP_EVERY == 0 and self._is_over(jobs):
                return
        raise UnfinishedError(f"Not all jobs ended: {Desk(self._workshop.context).counts()}")

    def _steps(self) -> None:
        some = self._workshop.messages[:STEPS_PER_SECOND]
        del self._workshop.messages[:STEPS_PER_SECOND]
        while some:
            name = some[0].name
            alike = list(takewhile(lambda step: step.name == name, some))  # noqa: B023 - used up at once
            some = some[len(alike) :]
            self._measure(name, len(alike), lambda: self._run(alike))  # noqa: B023
        if self._workshop.errors:
            raise UnfinishedError(str(self._workshop.errors[0]))

    def _run(self, steps: list[Step]) -> None:
        for step in steps:
            self._workshop.run(step)

    def _measure(self, kind: str, number: int, action: Callable[[], object]) -> None:
        self.by_kind[kind] += cost_of(self._meter, action, threads=True)
        self.times[kind] += number

    def _is_over(self, jobs: list[SyntheticJob]) -> bool:
        records = [self._workshop.context.store.load(job.files.job.job_id) for job in jobs]
        return all(record.state is JobState.DONE and record.cleaned for record in records)
