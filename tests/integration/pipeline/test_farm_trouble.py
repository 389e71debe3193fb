"""Whatever the farm says or does not say, pieces decide, and a job that cannot end says why."""

from __future__ import annotations

import pytest

from flatiron_tasks.pipeline.states import JobState, PassState
from tests.integration.pipeline.expectations import state
from tests.integration.pipeline.workshop import MANAGER, Workshop
from tests.synthetic_job import JOB_ID, SyntheticJob

LATER = 2


@pytest.mark.parametrize("share_caching_seconds", [15])
def test_complete_without_pieces_waits_for_the_share_and_then_names_the_pieces(
    workshop: Workshop, job: SyntheticJob
) -> None:
    workshop.accept(job)
    workshop.work()
    job.render(passes=[0, 1, 2])
    workshop.farm.delete(next(iter(workshop.farm.jobs().values())).handle)
    workshop.sweep()
    workshop.sweep()
    assert state(workshop) is JobState.RENDERING
    assert "does not know the job any more" in workshop.context.store.load(JOB_ID).farm_note
    workshop.sweep(seconds=20)
    workshop.work()
    workshop.sweep()
    record = workshop.context.store.load(JOB_ID)
    assert record.state is JobState.FAILED
    assert "pass 3 (Ball), strip 1 of 2, CompleteMap" in record.reason


@pytest.mark.parametrize("share_caching_seconds", [15])
def test_pieces_that_show_late_on_the_share_still_count(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    workshop.farm.delete(next(iter(workshop.farm.jobs().values())).handle)
    workshop.sweep()
    job.render()
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_a_farm_that_does_not_answer_holds_up_nothing_that_is_rendered(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    workshop.farm.unreachable = True
    job.render(passes=[0, 1])
    workshop.live()
    record = workshop.context.store.load(JOB_ID)
    assert len(record.passes_in(PassState.MERGED)) == 2
    assert record.state is JobState.RENDERING
    status = workshop.desk.job(JOB_ID)
    assert f"The farm manager {MANAGER} has not answered since 14:25:06 UTC." in status.sentence
    assert status.waiting.startswith("Next try in ")
    assert workshop.desk.troubles()
    workshop.farm.unreachable = False
    job.render()
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert not workshop.desk.troubles()


def test_a_lost_answer_to_the_submission_never_gives_two_farm_jobs(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.farm.lose_next_answer = True
    workshop.accept(job)
    workshop.work()
    assert state(workshop) is JobState.SUBMITTED
    workshop.sweep(seconds=60)
    workshop.work()
    assert state(workshop) is JobState.RENDERING
    assert len(workshop.farm.submissions) == 1


def test_a_farm_that_is_away_delays_the_clean_up_and_nothing_else(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    job.render()
    workshop.farm.unreachable = True
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert job.files.folder.path.exists()
    workshop.farm.unreachable = False
    workshop.sweep(seconds=300)
    workshop.work()
    assert not job.files.folder.path.exists()
    assert workshop.desk.job(JOB_ID).cleaned
