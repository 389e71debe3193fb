"""What ended long ago leaves Redis without a trace; what waits for a person, or still moves, stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import redis

from flatiron_tasks.contracts.channels import artist_events, artist_views
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.pipeline import expiry
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.expiry import forget_old
from flatiron_tasks.pipeline.publishing import publish
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.pipeline.steps import accept
from flatiron_tasks.pipeline.steps.clean_temp import mark_ended
from tests.integration.pipeline.workshop import MANAGER, Workshop
from tests.synthetic_job import JOB_ID, SyntheticJob, make_job

DAY = 86_400.0
OF_THE_INSTALLATION = {"flatiron:events"}
"""The one stream of all events, which is trimmed by its length."""


def keys(client: redis.Redis) -> set[str]:
    """Every key that is not about to expire by itself."""
    answers: Any = client
    return {key for key in answers.scan_iter(count=1000) if answers.ttl(key) < 0}


def finish(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    job.render()
    workshop.live()
    publish(workshop.context)
    assert workshop.context.store.load(job.files.job.job_id).cleaned


def fail(workshop: Workshop, job: SyntheticJob) -> None:
    """The farm loses the job, nobody renders it."""
    workshop.accept(job)
    workshop.work()
    for _ in range(4):
        for view in list(workshop.farm.jobs().values()):
            workshop.farm.vanish(view.handle)
        workshop.live(sweeps=8)
    publish(workshop.context)
    assert workshop.context.store.load(job.files.job.job_id).state is JobState.FAILED


def is_known(workshop: Workshop, job_id: str = JOB_ID) -> bool:
    return workshop.desk.is_known(job_id)


def test_no_key_is_left_of_a_job_that_was_done_long_ago(
    workshop: Workshop, job: SyntheticJob, client: redis.Redis
) -> None:
    finish(workshop, job)
    workshop.clock.advance(29 * DAY)
    assert forget_old(workshop.context) == 0
    assert is_known(workshop)
    workshop.clock.advance(2 * DAY)
    assert forget_old(workshop.context) == 1
    assert keys(client) <= OF_THE_INSTALLATION
    assert not workshop.desk.managers()


def test_no_key_is_left_of_a_job_that_was_cancelled_after_it_failed_and_was_taken_up_again(
    workshop: Workshop, job: SyntheticJob, client: redis.Redis
) -> None:
    fail(workshop, job)
    workshop.desk.requeue(JOB_ID)
    workshop.live()
    workshop.desk.cancel(JOB_ID)
    workshop.live()
    publish(workshop.context)
    workshop.clock.advance(31 * DAY)
    assert forget_old(workshop.context) == 1
    assert keys(client) <= OF_THE_INSTALLATION


def test_forgetting_one_job_touches_no_key_of_another(
    workshop: Workshop, tmp_path: Path, job: SyntheticJob, client: redis.Redis
) -> None:
    finish(workshop, job)
    workshop.clock.advance(31 * DAY)
    before = keys(client)
    other = make_job(tmp_path, job_id="20260303-100000-00000001")
    workshop.accept(other)
    assert forget_old(workshop.context) == 1
    assert not is_known(workshop)
    assert is_known(workshop, other.files.job.job_id)
    assert [item.address for item in workshop.desk.managers()] == [MANAGER]
    assert client.exists(artist_events("artist")), "a new event stands in it"
    assert not any(JOB_ID in key for key in keys(client))
    assert keys(client) - before, "the other job has keys of its own"


def test_a_job_that_is_not_cleaned_up_behind_is_not_forgotten_and_holds_up_no_other(
    workshop: Workshop, tmp_path: Path, job: SyntheticJob, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "MOST_JOBS", 1)
    finish(workshop, job)
    client.hdel(f"flatiron:job:{JOB_ID}", "cleaned")
    finish(workshop, make_job(tmp_path, job_id="20260201-100000-00000001"))
    workshop.clock.advance(31 * DAY)
    assert [forget_old(workshop.context) for _ in range(3)] == [0, 1, 0]
    assert is_known(workshop)
    client.hset(f"flatiron:job:{JOB_ID}", "cleaned", "1")
    assert sum(forget_old(workshop.context) for _ in range(2)) == 1
    assert keys(client) <= OF_THE_INSTALLATION


def test_one_call_forgets_a_bounded_number_of_jobs(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "MOST_JOBS", 2)
    for number in range(5):
        finish(workshop, make_job(tmp_path, job_id=f"20260201-100000-0000000{number}", names=("Wall",), strips=1))
    workshop.clock.advance(31 * DAY)
    assert [forget_old(workshop.context) for _ in range(4)] == [2, 2, 1, 0]


def test_kept_pieces_of_a_forgotten_job_do_not_bring_it_back(
    workshop: Workshop, tmp_path: Path, client: redis.Redis
) -> None:
    finish(workshop, make_job(tmp_path, keep_pieces=True))
    workshop.clock.advance(31 * DAY)
    assert forget_old(workshop.context) == 1
    assert JobFolder.of(tmp_path / "network", JOB_ID).description.exists()
    assert accept.accept_forgotten(workshop.context) == []
    assert keys(client) <= OF_THE_INSTALLATION


def test_a_failed_job_waits_for_a_person_much_longer_and_its_folder_never_begins_it_again(
    workshop: Workshop, tmp_path: Path, job: SyntheticJob, client: redis.Redis
) -> None:
    fail(workshop, job)
    workshop.clock.advance(300 * DAY)
    assert forget_old(workshop.context) == 0
    assert not workshop.desk.managers(), "nothing has been to do there for long"
    assert is_known(workshop)
    workshop.clock.advance(66 * DAY)
    assert forget_old(workshop.context) == 1
    assert keys(client) <= OF_THE_INSTALLATION
    assert JobFolder.of(tmp_path / "network", JOB_ID).description.exists(), "no file is deleted"
    assert accept.accept_forgotten(workshop.context) == []


def test_a_failed_job_that_is_taken_up_again_brings_its_forgotten_manager_back(
    workshop: Workshop, job: SyntheticJob
) -> None:
    fail(workshop, job)
    workshop.clock.advance(300 * DAY)
    forget_old(workshop.context)
    assert not workshop.desk.managers()
    workshop.desk.requeue(JOB_ID)
    assert [item.address for item in workshop.desk.managers()] == [MANAGER]
    job.render()
    workshop.live()
    assert workshop.context.store.load(JOB_ID).state is JobState.DONE


def test_a_failed_job_that_is_taken_up_in_the_last_moment_keeps_its_record_and_bears_no_mark(
    workshop: Workshop, tmp_path: Path, job: SyntheticJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(workshop, job)
    workshop.clock.advance(366 * DAY)

    def mark_while_a_person_acts(context: Context, job_id: str, state: str) -> None:
        mark_ended(context, job_id, state)
        workshop.desk.requeue(job_id)

    monkeypatch.setattr("flatiron_tasks.pipeline.expiry.mark_ended", mark_while_a_person_acts)
    assert forget_old(workshop.context) == 0
    assert not JobFolder.of(tmp_path / "network", JOB_ID).ended.exists()
    assert workshop.context.store.load(JOB_ID).state is JobState.SUBMITTED


def test_a_failed_job_is_not_forgotten_while_the_share_is_away(
    workshop: Workshop, tmp_path: Path, job: SyntheticJob
) -> None:
    fail(workshop, job)
    workshop.clock.advance(366 * DAY)
    (tmp_path / "network").rename(tmp_path / "away")
    assert forget_old(workshop.context) == 0
    assert is_known(workshop)
    (tmp_path / "away").rename(tmp_path / "network")
    assert forget_old(workshop.context) == 1


def test_a_sweep_that_ends_after_its_manager_was_forgotten_leaves_nothing(
    workshop: Workshop, job: SyntheticJob, client: redis.Redis
) -> None:
    finish(workshop, job)
    workshop.clock.advance(31 * DAY)
    forget_old(workshop.context)
    workshop.sweep()
    assert keys(client) <= OF_THE_INSTALLATION


def test_with_0_days_everything_stays(workshop: Workshop, job: SyntheticJob, client: redis.Redis) -> None:
    finish(workshop, job)
    settings = workshop.context.settings.model_copy(update={"keep_ended_days": 0.0, "keep_failed_days": 0.0})
    workshop.context = type(workshop.context)(**{**vars(workshop.context), "settings": settings})
    workshop.clock.advance(4000 * DAY)
    assert forget_old(workshop.context) == 0
    assert client.hexists(artist_views("artist"), JOB_ID)
