"""A farm manager that has lost its queue gets what is missing again; what a person deleted stays deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatiron_tasks.pipeline.farm_names import owners
from flatiron_tasks.pipeline.farm_port import FarmJobState
from flatiron_tasks.pipeline.fate import Fate
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.states import JobState
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import JOB_ID, SyntheticJob, make_job

OTHER = "20260131-142502-00000002"


@pytest.fixture
def other(tmp_path: Path) -> SyntheticJob:
    return make_job(tmp_path, job_id=OTHER)


@pytest.fixture
def on_farm(workshop: Workshop, job: SyntheticJob) -> Workshop:
    """The job, one of its passes rendered, seen by the sweep."""
    return begun(workshop, job)


def begun(workshop: Workshop, *jobs: SyntheticJob) -> Workshop:
    for item in jobs:
        workshop.accept(item)
        workshop.work()
        item.render(passes=[0])
    swept(workshop)
    return workshop


def swept(workshop: Workshop, seconds: float = 5, times: int = 1) -> None:
    for _ in range(times):
        workshop.sweep(seconds=seconds)
        workshop.work()


def record_of(workshop: Workshop, job_id: str = JOB_ID) -> JobRecord:
    return workshop.context.store.load(job_id)


def fate_of(workshop: Workshop) -> str:
    seen = record_of(workshop).sighting
    return seen.fate if seen else ""


def lose_queue(workshop: Workshop, *, outage: bool = True) -> None:
    """The manager dies with its queue, and is there again."""
    handles = [view.handle for view in workshop.farm.jobs().values()]
    workshop.farm.unreachable = outage
    swept(workshop)
    for handle in handles:
        workshop.farm.vanish(handle)
    workshop.farm.unreachable = False


def names(workshop: Workshop) -> list[str]:
    return sorted(workshop.farm.jobs())


def test_after_a_lost_queue_only_what_is_missing_is_submitted_again_and_the_job_ends(
    on_farm: Workshop, job: SyntheticJob
) -> None:
    lose_queue(on_farm)
    swept(on_farm, seconds=60)
    assert fate_of(on_farm) == Fate.SETTLING, "it may still be reading its queue"
    swept(on_farm, times=20)
    assert names(on_farm) == [f"flatiron-{JOB_ID}.g2"]
    assert [row[1] for row in on_farm.farm.submissions[-1].task_rows] == [str(task) for task in range(3, 9)]
    told = [event.sentence for _, event in on_farm.desk.events("0", block_seconds=0)]
    assert sum("has lost its queue; what the job still lacks is submitted again (time 1 of 2" in text for text in told)
    job.render()
    on_farm.live()
    assert record_of(on_farm).state is JobState.DONE


def test_a_queue_that_is_lost_for_the_third_time_needs_a_person_who_gets_two_more(
    on_farm: Workshop, job: SyntheticJob
) -> None:
    for _ in range(3):
        assert record_of(on_farm).state is JobState.RENDERING
        lose_queue(on_farm)
        swept(on_farm, times=30)
    record = record_of(on_farm)
    assert (record.state, record.resubmitted) == (JobState.FAILED, 2)
    assert "does not know the job any more" in record.reason
    on_farm.desk.requeue(JOB_ID)
    swept(on_farm)
    assert record_of(on_farm).resubmitted == 0
    lose_queue(on_farm)
    swept(on_farm, times=30)
    assert record_of(on_farm).state is JobState.RENDERING
    assert len(names(on_farm)) == 1


def test_a_job_that_vanishes_while_the_manager_never_went_away_was_deleted_by_a_person(
    workshop: Workshop, job: SyntheticJob, other: SyntheticJob
) -> None:
    begun(workshop, job, other)
    (view,) = (view for view in workshop.farm.jobs().values() if owners([view.name], [JOB_ID]))
    workshop.farm.vanish(view.handle)
    swept(workshop, times=30)
    assert record_of(workshop).state is JobState.FAILED
    assert record_of(workshop, OTHER).state is JobState.RENDERING
    assert len(workshop.farm.submissions) == 2


def test_several_jobs_that_vanish_all_at_once_were_lost_though_no_outage_was_seen(
    workshop: Workshop, job: SyntheticJob, other: SyntheticJob
) -> None:
    begun(workshop, job, other)
    lose_queue(workshop, outage=False)
    swept(workshop, times=30)
    assert names(workshop) == [f"flatiron-{JOB_ID}.g2", f"flatiron-{OTHER}.g2"]
    for item in (job, other):
        item.render()
    workshop.live()
    assert {record_of(workshop, job_id).state for job_id in (JOB_ID, OTHER)} == {JobState.DONE}


def test_jobs_that_were_deleted_one_after_the_other_are_not_taken_for_a_lost_queue(
    workshop: Workshop, job: SyntheticJob, other: SyntheticJob
) -> None:
    begun(workshop, job, other)
    for view in tuple(workshop.farm.jobs().values()):
        workshop.farm.vanish(view.handle)
        swept(workshop)
    swept(workshop, times=30)
    assert {record_of(workshop, job_id).state for job_id in (JOB_ID, OTHER)} == {JobState.FAILED}
    assert len(workshop.farm.submissions) == 2


def test_a_job_that_finished_beside_one_that_was_deleted_makes_no_lost_queue(
    workshop: Workshop, job: SyntheticJob, other: SyntheticJob
) -> None:
    begun(workshop, job, other)
    other.render()
    workshop.live(sweeps=2)
    (view,) = workshop.farm.jobs().values()
    workshop.farm.vanish(view.handle)
    swept(workshop, times=30)
    assert record_of(workshop, OTHER).state is JobState.DONE
    assert record_of(workshop).state is JobState.FAILED


def test_an_outage_in_the_middle_of_the_wait_makes_nobody_forget_that_the_queue_was_lost(on_farm: Workshop) -> None:
    lose_queue(on_farm)
    swept(on_farm)
    for _ in range(2):
        on_farm.farm.unreachable = True
        swept(on_farm, times=2)
        on_farm.farm.unreachable = False
        swept(on_farm, times=3)
    swept(on_farm, times=30)
    assert names(on_farm) == [f"flatiron-{JOB_ID}.g2"]


def test_a_job_that_was_suspended_before_its_queue_was_lost_is_suspended_again(on_farm: Workshop) -> None:
    on_farm.desk.suspend(JOB_ID)
    swept(on_farm)
    lose_queue(on_farm)
    swept(on_farm, times=30)
    (view,) = on_farm.farm.jobs().values()
    assert view.name.endswith(".g2")
    assert view.state is FarmJobState.SUSPENDED
