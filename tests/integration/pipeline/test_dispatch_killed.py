"""Dispatch dies right before or right after any word to Redis or to the farm: there is exactly one farm job in the end.

The worker's death is played in this process: from the n-th call on, every call raises what nothing catches.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import redis

from flatiron_tasks.pipeline.farm_port import FarmJob
from flatiron_tasks.pipeline.next_steps import Step
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.integration.pipeline.workshop import Workshop
from tests.node_results import write_result
from tests.synthetic_job import JOB_ID, SyntheticJob

MOST_CALLS = 60
FARM_CALLS = ("visit", "jobs", "submit", "delete")


class KilledError(BaseException):
    """Nothing in the program catches it."""


class Mortality:
    """Lets the n-th call be the last one: done and not answered, or not even done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        self.before = False
        self._wrap(monkeypatch, redis.Redis, "execute_command")
        for name in FARM_CALLS:
            self._wrap(monkeypatch, FakeFarm, name)

    def die_at(self, call: int, *, before: bool) -> None:
        self.left, self.before = call, before

    def revive(self) -> bool:
        """Whether it had died."""
        died, self.left = self.left is not None and self.left <= 0, None
        return died

    def _wrap(self, monkeypatch: pytest.MonkeyPatch, kind: type, name: str) -> None:
        original = getattr(kind, name)

        def mortal(*args: Any, **kwargs: Any) -> Any:
            if self.left is None:
                return original(*args, **kwargs)
            self.left -= 1
            if self.left < 0 or (self.left == 0 and self.before):
                raise KilledError(name)
            answer = original(*args, **kwargs)
            if self.left == 0:
                raise KilledError(name)
            return answer

        monkeypatch.setattr(kind, name, mortal)


@pytest.fixture
def mortality(monkeypatch: pytest.MonkeyPatch) -> Mortality:
    return Mortality(monkeypatch)


def deaths() -> Iterator[tuple[int, bool]]:
    for call in range(1, MOST_CALLS):
        yield call, True
        yield call, False


def dies_in_dispatch(workshop: Workshop, mortality: Mortality, call: int, *, before: bool) -> bool:
    mortality.die_at(call, before=before)
    with suppress(KilledError):
        workshop.run(Step("dispatch", (JOB_ID,)))
    died = mortality.revive()
    workshop.messages.clear()
    workshop.client.delete(*workshop.client.keys("flatiron:lease:*") or ["none"])  # the lease of the dead runs out
    return died


def recover(workshop: Workshop) -> None:
    for _ in range(3):
        workshop.sweep(seconds=61)
        workshop.work()


def start_again(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.client.flushdb()
    workshop.farm = FakeFarm()
    workshop.messages.clear()
    for path in job.files.folder.logs.iterdir():
        path.unlink()
    workshop.accept(job)


def test_a_dispatch_that_dies_anywhere_gives_exactly_one_farm_job(
    workshop: Workshop, job: SyntheticJob, mortality: Mortality
) -> None:
    survived = 0
    for call, before in deaths():
        start_again(workshop, job)
        survived += not dies_in_dispatch(workshop, mortality, call, before=before)
        recover(workshop)
        record = workshop.context.store.load(JOB_ID)
        at = f"after a death {'before' if before else 'after'} call {call}"
        assert len(workshop.farm.submissions) == 1, at
        assert record.state is JobState.RENDERING, at
        assert [view.handle for view in workshop.farm.jobs().values()] == [record.farm_handle], at
        if survived:
            break
    assert survived
    assert call > 10, "there are more than a few places to die at"


def test_a_follow_up_that_dies_anywhere_takes_the_place_of_the_farm_job_exactly_once(
    workshop: Workshop, job: SyntheticJob, mortality: Mortality
) -> None:
    survived = 0
    for call, before in deaths():
        start_again(workshop, job)
        workshop.work()
        (view,) = workshop.farm.jobs().values()
        for attempt, node in enumerate(workshop.farm.server_names, 1):
            write_result(job, task=7, attempt=attempt, host=node, reason="The scene could not be opened.")
            workshop.farm.fail(view.handle, 7, node)
        while not workshop.messages:
            workshop.sweep()
        survived += not dies_in_dispatch(workshop, mortality, call, before=before)
        recover(workshop)
        at = f"after a death {'before' if before else 'after'} call {call}"
        assert [item.name[-3:] for item in workshop.farm.submissions] == [JOB_ID[-3:], ".g2"], at
        assert len(workshop.farm.jobs()) == 1, at
        assert workshop.context.store.load(JOB_ID).dispatched == 2, at
        if survived:
            break
    assert survived
    assert call > 10, "there are more than a few places to die at"


def test_a_submission_that_the_listing_does_not_show_yet_is_adopted_when_its_name_is_refused(
    workshop: Workshop, job: SyntheticJob
) -> None:
    workshop.farm.lose_next_answer = True
    workshop.farm.blind = True
    workshop.accept(job)
    workshop.work()
    assert workshop.context.store.load(JOB_ID).state is JobState.SUBMITTED
    original = workshop.farm.submit

    def submit_and_see(job: FarmJob) -> str:
        workshop.farm.blind = False
        return original(job)

    workshop.farm.submit = submit_and_see  # type: ignore[method-assign]
    recover(workshop)
    assert workshop.context.store.load(JOB_ID).state is JobState.RENDERING
    assert len(workshop.farm.submissions) == 1
