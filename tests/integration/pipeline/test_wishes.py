"""What a person wishes of a farm job is done, one after the other: none is lost while an earlier one is done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flatiron_tasks.contracts.errors import FarmRefusedError
from flatiron_tasks.pipeline.farm_port import FarmJobState
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import JOB_ID, SyntheticJob


class Busy(FakeFarm):
    """A farm during whose work on a wish something else happens, and which may refuse priorities."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Callable[[], object]] = []
        self.refuses_priorities = False

    def suspend(self, handle: str) -> bool:
        """Takes a while."""
        return self._with_events(super().suspend(handle))

    def activate(self, handle: str) -> bool:
        """Takes a while."""
        return self._with_events(super().activate(handle))

    def set_priority(self, handle: str, priority: int) -> bool:
        """Takes a while, or is refused."""
        if self.refuses_priorities:
            raise FarmRefusedError("The fake farm refuses priorities.")
        return self._with_events(super().set_priority(handle, priority))

    def _with_events(self, known: bool) -> bool:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return known


@pytest.fixture
def farm(workshop: Workshop, job: SyntheticJob) -> Busy:
    """A farm with one job, which is known."""
    farm = workshop.farm = Busy()
    workshop.accept(job)
    workshop.work()
    swept(workshop)
    return farm


def swept(workshop: Workshop) -> None:
    workshop.sweep()
    workshop.work()


def handle_of(farm: FakeFarm) -> str:
    (view,) = farm.jobs().values()
    return view.handle


def state_of(farm: FakeFarm) -> FarmJobState:
    (view,) = farm.jobs().values()
    return view.state


def test_a_priority_that_is_typed_while_another_one_is_set_comes_next(workshop: Workshop, farm: Busy) -> None:
    farm.meanwhile = [lambda: workshop.desk.set_priority(JOB_ID, 9)]
    workshop.desk.set_priority(JOB_ID, 7)
    swept(workshop)
    swept(workshop)
    assert farm.priority(handle_of(farm)) == 9
    assert workshop.context.store.load(JOB_ID).wished_priority is None


def test_a_job_that_is_to_go_on_while_it_is_being_suspended_goes_on(workshop: Workshop, farm: Busy) -> None:
    farm.meanwhile = [lambda: workshop.desk.go_on(JOB_ID)]
    workshop.desk.suspend(JOB_ID)
    swept(workshop)
    swept(workshop)
    assert state_of(farm) is FarmJobState.WAITING
    assert not workshop.context.store.load(JOB_ID).suspended
    assert not workshop.context.store.load(JOB_ID).wish


def test_a_job_that_is_to_be_suspended_while_it_is_let_go_on_is_suspended(workshop: Workshop, farm: Busy) -> None:
    workshop.desk.suspend(JOB_ID)
    swept(workshop)
    farm.meanwhile = [lambda: workshop.desk.suspend(JOB_ID)]
    workshop.desk.go_on(JOB_ID)
    swept(workshop)
    swept(workshop)
    assert state_of(farm) is FarmJobState.SUSPENDED
    assert workshop.context.store.load(JOB_ID).suspended


def test_a_wish_that_the_farm_refuses_is_dropped_and_no_other_one_with_it(workshop: Workshop, farm: Busy) -> None:
    farm.refuses_priorities = True
    workshop.desk.set_priority(JOB_ID, 7)
    workshop.desk.suspend(JOB_ID)
    swept(workshop)
    record = workshop.context.store.load(JOB_ID)
    assert state_of(farm) is FarmJobState.SUSPENDED
    assert record.wished_priority is None
    assert record.suspended


def test_a_wish_for_a_later_farm_job_is_not_forgotten_with_that_for_the_one_before(
    workshop: Workshop, farm: Busy
) -> None:
    store = workshop.context.store
    farm.meanwhile = [lambda: store.follow_up(JOB_ID, 1, "Once more.")]
    workshop.desk.suspend(JOB_ID)
    swept(workshop)
    for _ in range(2):
        swept(workshop)
    (view,) = farm.jobs().values()
    assert (view.name[-3:], view.state) == (".g2", FarmJobState.SUSPENDED)
