"""A share that is full, read-only or away for a while fails no job: it is waited for, and people see why."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import ShareAwayError
from flatiron_tasks.pipeline import pass_merge, texture_finish
from flatiron_tasks.pipeline.next_steps import Step
from flatiron_tasks.pipeline.states import JobState, PassState
from flatiron_tasks.share.atomic import share_error, write_atomically
from tests.integration.pipeline.expectations import expected_textures, state
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import JOB_ID, SyntheticJob

HOUR = 3600.0


class Share:
    """The share as merging and composing write to it; with `trouble` no write succeeds."""

    def __init__(self) -> None:
        self.trouble = 0
        self.tries = 0

    def write(self, path: Path, data: bytes | str) -> None:
        self.tries += 1
        if self.trouble:
            error = OSError(self.trouble, os.strerror(self.trouble), str(path))
            raise share_error(f"{path} cannot be written.", error) from error
        write_atomically(path, data)


@pytest.fixture
def share(monkeypatch: pytest.MonkeyPatch) -> Share:
    share = Share()
    for module in (pass_merge, texture_finish):
        monkeypatch.setattr(module, "write_atomically", share.write)
    return share


def swept(workshop: Workshop, seconds: float) -> None:
    workshop.sweep(seconds=seconds)
    workshop.work()


def rendered(workshop: Workshop, job: SyntheticJob) -> None:
    job.render()
    workshop.accept(job)
    workshop.live(sweeps=1)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.EACCES])
def test_hours_of_trouble_with_the_whole_share_while_merging_fail_nothing(
    workshop: Workshop, job: SyntheticJob, share: Share, tmp_path: Path, number: int
) -> None:
    share.trouble = number
    rendered(workshop, job)
    for _ in range(40):
        swept(workshop, seconds=HOUR)
    record = workshop.context.store.load(JOB_ID)
    assert record.state is JobState.MERGING
    assert {(item.state, item.attempts) for item in record.passes} == {(PassState.RENDERED, 0)}
    assert all(isinstance(error, ShareAwayError) for error in workshop.errors)
    share.trouble = 0
    workshop.live(sweeps=5)
    swept(workshop, seconds=601)
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert job.textures() == expected_textures(tmp_path / "alone")


def test_trouble_with_the_whole_share_while_delivering_fails_nothing(
    workshop: Workshop, job: SyntheticJob, share: Share
) -> None:
    job.render()
    workshop.accept(job)
    workshop.work()
    workshop.sweep()
    while any(step.name == "merge_pass" for step in workshop.messages):
        workshop.run(workshop.messages.pop(0))
    share.trouble = errno.ENOSPC
    for _ in range(9):
        swept(workshop, seconds=HOUR)
    assert state(workshop) is JobState.DELIVERING
    assert "No space left on device" in workshop.desk.job(JOB_ID).sentence
    share.trouble = 0
    for _ in range(3):
        swept(workshop, seconds=601)
    assert state(workshop) is JobState.DONE


def test_people_see_since_when_a_job_waits_why_and_when_it_is_tried_again(
    workshop: Workshop, job: SyntheticJob, share: Share
) -> None:
    share.trouble = errno.ENOSPC
    rendered(workshop, job)
    swept(workshop, seconds=300)
    swept(workshop, seconds=1)
    status = workshop.desk.job(JOB_ID)
    since = "Merging and delivering wait since 14:25:06 UTC (No space left on device): "
    assert since in status.sentence
    assert "cannot be written." in status.sentence
    assert status.waiting == "Next try in 5 min."
    told = [event.sentence for _, event in workshop.desk.events("0", block_seconds=0)]
    assert sum(text.startswith(since) for text in told) == 1, "a new try is no news"
    share.trouble = 0
    for _ in range(2):
        swept(workshop, seconds=601)
    assert state(workshop) is JobState.DONE
    told = [event.sentence for _, event in workshop.desk.events("0", block_seconds=0)]
    assert "Merging and delivering go on." in told
    assert "No space left" not in workshop.desk.job(JOB_ID).sentence


def test_the_pauses_grow_and_one_step_tries_the_share_for_all(
    workshop: Workshop, job: SyntheticJob, share: Share
) -> None:
    share.trouble = errno.ENOSPC
    rendered(workshop, job)
    share.tries = 0
    for _ in range(int(HOUR / 5)):
        swept(workshop, seconds=5)
    assert 7 <= share.tries <= 12
    for step in (Step("merge_pass", (JOB_ID, index)) for index in range(4)):
        workshop.run(step)
    assert share.tries <= 12, "a message that comes in the pause is no try"


def test_a_share_that_nobody_mends_fails_the_job_and_says_what_to_do(
    workshop: Workshop, job: SyntheticJob, share: Share
) -> None:
    share.trouble = errno.EROFS
    rendered(workshop, job)
    swept(workshop, seconds=47 * HOUR)
    assert state(workshop) is JobState.MERGING
    for _ in range(3):
        swept(workshop, seconds=HOUR)
    record = workshop.context.store.load(JOB_ID)
    assert record.state is JobState.FAILED
    assert "Read-only file system, for 48 hours. Let the workers' account write to the share." in record.reason
    assert f"flatiron requeue {JOB_ID}" in record.advice
    share.trouble = 0
    workshop.desk.requeue(JOB_ID)
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_a_person_who_has_mended_the_share_need_not_wait_for_the_next_try(
    workshop: Workshop, job: SyntheticJob, share: Share
) -> None:
    share.trouble = errno.ENOSPC
    rendered(workshop, job)
    swept(workshop, seconds=599)
    share.trouble = 0
    assert "at once" in workshop.desk.requeue(JOB_ID)
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_after_a_re_queue_the_patience_begins_again(workshop: Workshop, job: SyntheticJob, share: Share) -> None:
    share.trouble = errno.ENOSPC
    rendered(workshop, job)
    for _ in range(50):
        swept(workshop, seconds=HOUR)
    assert state(workshop) is JobState.FAILED
    workshop.desk.requeue(JOB_ID)
    for _ in range(9):
        workshop.live(sweeps=1)
    record = workshop.context.store.load(JOB_ID)
    assert (record.state, record.passes_in(PassState.FAILED)) == (JobState.MERGING, ())


@pytest.mark.parametrize("unmount", [Path.rmdir, lambda path: None])
def test_a_share_that_is_not_mounted_for_a_day_fails_nothing(
    workshop: Workshop, job: SyntheticJob, tmp_path: Path, unmount: Callable[[Path], None]
) -> None:
    job.render()
    workshop.accept(job)
    workshop.work()
    workshop.sweep()
    away = tmp_path / "away"
    job.network_folder.rename(away)
    job.network_folder.mkdir()  # the empty mount point
    unmount(job.network_folder)
    for _ in range(24):
        swept(workshop, seconds=HOUR)
    assert not workshop.context.store.load(JOB_ID).passes_in(PassState.FAILED)
    assert "the network folder is not there" in workshop.desk.job(JOB_ID).sentence
    if job.network_folder.exists():
        job.network_folder.rmdir()
    away.rename(job.network_folder)
    for _ in range(3):
        swept(workshop, seconds=601)
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_a_right_that_is_missing_in_an_artists_folder_is_told_soon(
    workshop: Workshop, job: SyntheticJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, data: bytes | str) -> None:
        error = PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/textures/CompleteMap.png")
        raise share_error(f"{path} cannot be written.", error) from error

    monkeypatch.setattr(texture_finish, "write_atomically", refuse)
    rendered(workshop, job)
    for _ in range(6):
        swept(workshop, seconds=61)
    assert state(workshop) is JobState.FAILED
