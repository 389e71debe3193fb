"""A worker dies right before or after any word to Redis or the farm while servers are probed: no server is asked twice
in the same probe, and the job is handed over exactly once.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import pytest

from flatiron_tasks.contracts.layout import PROBES
from flatiron_tasks.pipeline.next_steps import Step
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.integration.pipeline.test_dispatch_killed import KilledError, Mortality
from tests.integration.share_probe.played_farm import OTHER_FOLDER, Manners, ProbedWorkshop
from tests.synthetic_job import JOB_ID, SyntheticJob

SERVERS = ("node-1", "node-2")
MANNERS: Manners = {"node-2": OTHER_FOLDER}
MOST_CALLS = 150


@pytest.fixture
def mortality(monkeypatch: pytest.MonkeyPatch) -> Mortality:
    mortality = Mortality(monkeypatch)
    for name in ("servers", "progress", "messages"):
        mortality._wrap(monkeypatch, FakeFarm, name)
    return mortality


def start_again(workshop: ProbedWorkshop, job: SyntheticJob) -> None:
    workshop.client.flushdb()
    workshop.farm = FakeFarm(SERVERS)
    workshop.messages.clear()
    workshop.accept(job)


def recover(workshop: ProbedWorkshop) -> None:
    workshop.client.delete(*workshop.client.keys("flatiron:lease:*"), *workshop.client.keys("flatiron:lock:*"), "none")
    for _ in range(4):
        workshop.sweep(seconds=61)
        workshop.work()
        workshop.play(MANNERS)
        workshop.sweep()
        workshop.work()


def check(workshop: ProbedWorkshop, job: SyntheticJob, at: str) -> None:
    asked = Counter(probe.name for probe in workshop.probes)
    assert set(asked.values()) == {1}, at
    assert len(asked) == len(SERVERS), at
    assert [bake.servers for bake in workshop.bakes] == [("node-1",)], at
    assert workshop.record.state is JobState.RENDERING, at
    assert list(workshop.farm.jobs()) == [workshop.bakes[0].name], at
    assert not (job.network_folder / PROBES).exists(), at


def test_a_dispatch_that_dies_anywhere_while_it_asks_is_finished_by_the_next_one(
    workshop: ProbedWorkshop, job: SyntheticJob, mortality: Mortality
) -> None:
    for call in range(1, MOST_CALLS):
        for before in (True, False):
            start_again(workshop, job)
            workshop.messages.clear()
            mortality.die_at(call, before=before)
            with suppress(KilledError):
                workshop.run(Step("dispatch", (JOB_ID,)))
            died = mortality.revive()
            workshop.messages.clear()
            recover(workshop)
            check(workshop, job, f"after a death {'before' if before else 'after'} call {call}")
        if not died:
            break
    assert not died
    assert call > 20, "there are more than a few places to die at"


def test_a_sweep_that_dies_anywhere_while_it_judges_is_finished_by_the_next_one(
    workshop: ProbedWorkshop, job: SyntheticJob, mortality: Mortality
) -> None:
    for call in range(1, MOST_CALLS):
        for before in (True, False):
            start_again(workshop, job)
            workshop.work()
            workshop.play(MANNERS)
            mortality.die_at(call, before=before)
            with suppress(KilledError):
                workshop.sweep()
            died = mortality.revive()
            workshop.messages.clear()
            recover(workshop)
            check(workshop, job, f"after a death {'before' if before else 'after'} call {call}")
        if not died:
            break
    assert not died
    assert call > 20, "there are more than a few places to die at"
