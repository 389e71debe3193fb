"""While a farm manager is away nobody knows what it does, so no patience runs out; what it owes is asked for later."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flatiron_tasks.pipeline.fate import Fate
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.states import JobState, PassState
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.integration.pipeline.expectations import state
from tests.integration.pipeline.workshop import MANAGER, Workshop
from tests.node_results import write_result
from tests.synthetic_job import JOB_ID, SyntheticJob

BALL = 3


@pytest.fixture
def handle(workshop: Workshop, job: SyntheticJob) -> str:
    """The job, just dispatched and seen once."""
    workshop.farm = Restarting()
    workshop.accept(job)
    workshop.work()
    swept(workshop)
    (view,) = workshop.farm.jobs().values()
    return view.handle


class Restarting(FakeFarm):
    """A farm that keeps a connection, which tests may say is lost."""

    lost = False

    def lost_connection(self) -> bool:
        """Whether a test said so since this was asked last."""
        was_lost, self.lost = self.lost, False
        return was_lost


def record_of(workshop: Workshop) -> JobRecord:
    return workshop.context.store.load(JOB_ID)


def fate_of(workshop: Workshop) -> str:
    seen = record_of(workshop).sighting
    return seen.fate if seen else ""


def swept(workshop: Workshop, seconds: float = 5) -> None:
    workshop.sweep(seconds=seconds)
    workshop.work()


def mended(workshop: Workshop) -> int:
    """How many servers were put on the job again."""
    return workshop.farm.requests["add_server_again"]


def be_away(workshop: Workshop, seconds: float = 3600) -> None:
    """An outage that every sweep in it notes."""
    workshop.farm.unreachable = True
    swept(workshop)
    swept(workshop, seconds=seconds)
    workshop.farm.unreachable = False


@pytest.mark.parametrize("end", [FakeFarm.vanish, FakeFarm.finish])
@pytest.mark.parametrize("share_caching_seconds", [15])
def test_a_job_that_was_over_before_an_outage_is_not_judged_right_after_it(
    workshop: Workshop, handle: str, end: Callable[[FakeFarm, str], None]
) -> None:
    end(workshop.farm, handle)
    swept(workshop)
    assert fate_of(workshop) == Fate.SETTLING
    be_away(workshop)
    for _ in range(2):
        swept(workshop)
        assert fate_of(workshop) == Fate.SETTLING
        assert not record_of(workshop).passes_in(PassState.FAILED)
    for _ in range(20):
        swept(workshop)
    assert state(workshop) is JobState.FAILED


def test_servers_that_failed_before_an_outage_get_time_to_get_over_it_after_it(workshop: Workshop, handle: str) -> None:
    workshop.farm.begin(handle, 1)
    swept(workshop)
    for server in workshop.farm.server_names:
        workshop.farm.fail(handle, 1, server)
    swept(workshop)
    assert fate_of(workshop) == Fate.STUCK
    be_away(workshop, seconds=300)
    swept(workshop)
    swept(workshop, seconds=50)
    assert mended(workshop) == 0
    swept(workshop, seconds=60)
    assert mended(workshop) == 2


def test_a_lost_connection_may_mean_that_the_manager_reads_its_queue_again(workshop: Workshop, handle: str) -> None:
    assert isinstance(workshop.farm, Restarting)
    del handle
    workshop.farm.blind = workshop.farm.lost = True
    for _ in range(10):
        swept(workshop)
    assert fate_of(workshop) == Fate.SETTLING
    workshop.farm.blind = False
    swept(workshop)
    assert fate_of(workshop) == Fate.QUEUED
    assert not record_of(workshop).passes_in(PassState.FAILED)


@pytest.mark.parametrize("share_caching_seconds", [15])
def test_a_manager_that_ends_every_idle_connection_still_lets_jobs_end(workshop: Workshop, handle: str) -> None:
    assert isinstance(workshop.farm, Restarting)
    workshop.farm.vanish(handle)
    swept(workshop)
    for _ in range(40):
        workshop.farm.lost = True
        swept(workshop)
    assert state(workshop) is JobState.FAILED


def give_up_ball(workshop: Workshop, job: SyntheticJob, handle: str) -> None:
    """One pass is given up while two servers go on with others."""
    workshop.farm.server_names = ("node-1", "node-2", "node-3", "node-4")
    workshop.farm.begin(handle, 1, "node-3")
    workshop.farm.begin(handle, 2, "node-4")
    for attempt in (1, 2):
        write_result(job, task=7, attempt=attempt, host="node-1", reason="The scene could not be opened.")
    workshop.farm.fail(handle, 7, "node-1")
    swept(workshop)
    assert [item.index for item in record_of(workshop).passes_in(PassState.FAILED)] == [BALL]


def fail_while_away(workshop: Workshop, job: SyntheticJob, handle: str) -> None:
    """The job ends in `failed`, and nobody can be told to stop its farm job."""
    give_up_ball(workshop, job, handle)
    workshop.farm.unreachable = True
    job.render(passes=[0, 1, 2])
    for _ in range(3):
        swept(workshop, seconds=30)
    assert state(workshop) is JobState.FAILED
    workshop.farm.unreachable = False


def test_what_a_failed_job_left_on_a_farm_that_was_away_is_taken_off_it(
    workshop: Workshop, job: SyntheticJob, handle: str
) -> None:
    fail_while_away(workshop, job, handle)
    assert workshop.farm.jobs()
    swept(workshop, seconds=60)
    assert not workshop.farm.jobs()
    assert not workshop.context.store.jobs_at(MANAGER), "nobody looks after it any more"


def test_a_failed_job_is_looked_for_until_a_manager_that_came_back_lists_it(
    workshop: Workshop, job: SyntheticJob, handle: str
) -> None:
    fail_while_away(workshop, job, handle)
    workshop.farm.blind = True
    swept(workshop, seconds=60)
    assert workshop.context.store.jobs_at(MANAGER) == [JOB_ID]
    workshop.farm.blind = False
    swept(workshop, seconds=60)
    assert not workshop.farm.jobs()
    assert not workshop.context.store.jobs_at(MANAGER)


def test_a_failed_job_that_is_queued_again_before_the_farm_answers_keeps_its_new_farm_job(
    workshop: Workshop, job: SyntheticJob, handle: str
) -> None:
    fail_while_away(workshop, job, handle)
    workshop.desk.requeue(JOB_ID)
    workshop.work()
    for _ in range(3):
        swept(workshop)
    assert [view.name[-3:] for view in workshop.farm.jobs().values()] == [".g2"]
    job.render()
    workshop.live()
    assert state(workshop) is JobState.DONE
