"""Jobs that end while the share lists files late: their folder goes all the same, and till then stays theirs."""

from __future__ import annotations

import pytest
import redis

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.pipeline.steps import accept
from tests.death_while_deleting import dies_before_deletion
from tests.integration.pipeline.moving_clock import MovingClock
from tests.integration.pipeline.workshop import Workshop
from tests.late_listings import LateListings
from tests.share_contents import beside_proofs
from tests.synthetic_job import JOB_ID, SyntheticJob, make_job

LATE = 15
AGAIN = 31
"""Seconds after which the sweep sends a step again, more than the share is late."""

LONG_AFTER = 61
ENDINGS = ("done", "cancelled")

pytestmark = pytest.mark.parametrize("share_caching_seconds", [LATE])


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> LateListings:
    return LateListings(monkeypatch)


def bring_to_its_end(workshop: Workshop, job: SyntheticJob, ending: str) -> None:
    """Until the step that cleans up is the next message."""
    workshop.accept(job)
    workshop.work()
    job.render()
    if ending == "cancelled":
        (job.files.folder.previous / "CompleteMap.png").write_bytes(b"the texture of an earlier bake")
        workshop.desk.cancel(JOB_ID)
    while not any(step.name in ("clean_temp", "cancel") for step in workshop.messages):
        workshop.sweep()
        while workshop.messages and workshop.messages[0].name not in ("clean_temp", "cancel"):
            workshop.run(workshop.messages.pop(0))


def record(workshop: Workshop) -> JobRecord:
    return workshop.context.store.load(JOB_ID)


def come_again(workshop: Workshop, seconds: float = AGAIN) -> None:
    workshop.sweep(seconds=seconds)
    workshop.work()


def names(job: SyntheticJob) -> set[str]:
    return {path.name for path in job.files.folder.path.iterdir()}


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_marks_of_a_job_go_only_when_a_second_look_finds_nothing_new(
    workshop: Workshop, job: SyntheticJob, ending: str
) -> None:
    bring_to_its_end(workshop, job, ending)
    workshop.work()
    assert names(job) == {"job.desc", "ended.json"}
    assert not record(workshop).cleaned
    come_again(workshop)
    assert (record(workshop).state, record(workshop).cleaned) == (JobState(ending), True)
    assert beside_proofs(job.network_folder) == []
    assert not workshop.errors


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_folder_whose_files_are_listed_late_is_cleaned_later_and_not_reported(
    workshop: Workshop, job: SyntheticJob, listings: LateListings, ending: str
) -> None:
    bring_to_its_end(workshop, job, ending)
    listings.hides = lambda name: "-s00-" in name
    workshop.work()
    assert [type(error) for error in workshop.errors] == [ShareError]
    assert str(job.files.folder.pieces) in workshop.errors[0].what
    assert not record(workshop).cleaned
    assert {"job.desc", "ended.json"} <= names(job)
    listings.catch_up()
    come_again(workshop)
    come_again(workshop, LONG_AFTER)
    assert (record(workshop).state, record(workshop).cleaned) == (JobState(ending), True)
    assert record(workshop).leftovers == ""
    assert beside_proofs(job.network_folder) == []


def test_a_file_that_shows_between_two_looks_calls_for_a_third(
    workshop: Workshop, job: SyntheticJob, listings: LateListings
) -> None:
    temporary = job.files.folder.path / ".discarded.json.0a1b2c3d4e5f6071.tmp"
    temporary.write_bytes(b"{")
    bring_to_its_end(workshop, job, "done")
    listings.hides = temporary.name.__eq__
    workshop.work()
    listings.catch_up()
    come_again(workshop)
    assert not temporary.exists()
    assert names(job) == {"job.desc", "ended.json"}
    come_again(workshop, LONG_AFTER)
    assert beside_proofs(job.network_folder) == []


def test_a_folder_that_never_shows_what_is_in_it_is_reported_and_its_job_does_not_begin_again(
    workshop: Workshop, job: SyntheticJob, listings: LateListings, client: redis.Redis
) -> None:
    bring_to_its_end(workshop, job, "done")
    listings.hides = lambda name: "-s00-" in name
    workshop.work()
    come_again(workshop, LATE - 1)
    assert not record(workshop).cleaned
    come_again(workshop, LONG_AFTER)
    assert record(workshop).cleaned
    assert record(workshop).leftovers == str(job.files.folder.pieces)
    assert names(job) == {"job.desc", "ended.json", "pieces"}
    client.flushdb()
    assert accept.accept_forgotten(workshop.context) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_foreign_file_is_reported_and_the_job_whose_folder_stays_does_not_begin_again(
    workshop: Workshop, job: SyntheticJob, client: redis.Redis, ending: str
) -> None:
    foreign = job.files.folder.textures / "mine.psd"
    foreign.write_bytes(b"mine")
    bring_to_its_end(workshop, job, ending)
    workshop.work()
    come_again(workshop)
    assert (record(workshop).state, record(workshop).cleaned) == (JobState(ending), True)
    assert record(workshop).leftovers == str(foreign)
    assert names(job) == {"job.desc", "ended.json", "textures"}
    client.flushdb()
    assert accept.accept_forgotten(workshop.context) == []


def test_what_a_cancellation_gave_back_is_still_told_after_the_second_look(
    workshop: Workshop, job: SyntheticJob
) -> None:
    bring_to_its_end(workshop, job, "cancelled")
    workshop.work()
    come_again(workshop)
    assert job.textures()["CompleteMap.png"] == b"the texture of an earlier bake"
    assert record(workshop).given_back == 1


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_clean_up_killed_before_any_deletion_orphans_nothing(
    client: redis.Redis,
    clock: MovingClock,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    listings: LateListings,
    share_caching_seconds: float,
    ending: str,
) -> None:
    number, died = 0, True
    while died:
        client.flushdb()
        job = make_job(tmp_path_factory.mktemp("share"))
        workshop = Workshop(client, clock, job.network_folder, share_caching_seconds=share_caching_seconds)
        bring_to_its_end(workshop, job, ending)
        listings.hides = lambda name: name in ("layers", "textures") or "-s00-" in name
        with dies_before_deletion(number, monkeypatch) as deaths:
            workshop.work()
            listings.catch_up()
            come_again(workshop)
            come_again(workshop, LONG_AFTER)
        died = bool(deaths)
        listings.catch_up()
        client.delete(*client.keys("flatiron:lease:*") or ["none"])  # the lease of the dead runs out
        for _ in range(3):
            come_again(workshop, LONG_AFTER)
        assert (record(workshop).state, record(workshop).cleaned) == (JobState(ending), True), number
        assert record(workshop).leftovers == "", number
        assert beside_proofs(job.network_folder) == [], number
        number += 3
    assert number > 30
