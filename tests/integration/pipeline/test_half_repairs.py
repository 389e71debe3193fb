"""Putting a failed server on a job again takes it off first: what stops half-way is repeated until it is listed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flatiron_tasks.contracts.errors import FarmRefusedError, FarmUnreachableError, FlatironError
from flatiron_tasks.pipeline.farm_port import FarmJobProgress
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import JOB_ID, SyntheticJob

AWAY = FarmUnreachableError("The fake farm hung up after it took the server off.")
REFUSED = FarmRefusedError("Another monitor holds queue control.")


class HalfFarm(FakeFarm):
    """A farm that takes servers off a job, and puts them on again only if no trouble comes between."""

    def __init__(self) -> None:
        super().__init__()
        self.off: set[str] = set()
        self.troubles: list[FlatironError] = []
        self.is_deaf = False
        self.has_forgotten = False

    def add_server_again(self, handle: str, server: str) -> bool:
        """Off and on again."""
        known = super().add_server_again(handle, server)
        self.off.add(server)
        if self.has_forgotten:
            return False
        if self.troubles:
            raise self.troubles.pop(0)
        if not self.is_deaf:
            self.off.discard(server)
        return known

    def progress(self, handle: str) -> FarmJobProgress | None:
        """Servers that are off the job are not listed."""
        told = super().progress(handle)
        return told and replace(told, servers=tuple(item for item in told.servers if item.handle not in self.off))


@pytest.fixture
def farm(workshop: Workshop, job: SyntheticJob) -> HalfFarm:
    """A farm on which every server has failed on the job, for long enough to be mended."""
    farm = workshop.farm = HalfFarm()
    workshop.accept(job)
    workshop.work()
    (view,) = farm.jobs().values()
    for server in farm.server_names:
        farm.fail(view.handle, 1, server)
    swept(workshop)
    swept(workshop)
    return farm


def swept(workshop: Workshop, seconds: float = 5) -> None:
    workshop.sweep(seconds=seconds)
    workshop.work()


def record_of(workshop: Workshop) -> JobRecord:
    return workshop.context.store.load(JOB_ID)


def taken_off(workshop: Workshop) -> tuple[str, ...]:
    seen = record_of(workshop).sighting
    assert seen is not None
    return seen.taken_off


@pytest.mark.parametrize("trouble", [AWAY, REFUSED])
def test_a_server_that_was_taken_off_and_not_put_on_is_put_on_by_a_later_sweep(
    workshop: Workshop, farm: HalfFarm, trouble: FlatironError
) -> None:
    farm.troubles = [trouble]
    swept(workshop, seconds=60)
    assert len(farm.off) == 1
    for _ in range(3):
        swept(workshop, seconds=70)
    assert not farm.off
    assert taken_off(workshop) == ()


def test_a_refusal_for_one_server_keeps_no_other_one_off_and_counts_as_an_attempt(
    workshop: Workshop, farm: HalfFarm
) -> None:
    farm.troubles = [REFUSED]
    swept(workshop, seconds=60)
    assert farm.requests["add_server_again"] == 2
    seen = record_of(workshop).sighting
    assert seen is not None
    assert (seen.readded, seen.taken_off) == (1, ("node-1", "node-2"))
    assert "queue control" in record_of(workshop).farm_note


def test_a_server_that_the_farm_never_lists_again_is_asked_for_less_and_less(
    workshop: Workshop, farm: HalfFarm
) -> None:
    farm.is_deaf = True
    swept(workshop, seconds=60)
    assert farm.off
    farm.requests.clear()
    for _ in range(120):
        swept(workshop, seconds=30)
    assert 4 <= farm.requests["add_server_again"] <= 2 * 60
    farm.is_deaf = False
    swept(workshop, seconds=900)
    swept(workshop, seconds=900)
    assert taken_off(workshop) == ()


def test_a_server_that_the_farm_does_not_know_any_more_is_not_asked_for(workshop: Workshop, farm: HalfFarm) -> None:
    farm.has_forgotten = True
    swept(workshop, seconds=60)
    assert taken_off(workshop) == ()


def test_servers_that_are_listed_again_are_not_taken_off_once_more(workshop: Workshop, farm: HalfFarm) -> None:
    swept(workshop, seconds=60)
    for _ in range(5):
        swept(workshop, seconds=30)
    assert farm.requests["add_server_again"] == 2
