"""Redis is emptied while a job is cleaned up or cancelled, between any two file operations: the same end all the same.

A child process runs the step. Right before its n-th change of the file system Redis is emptied, and then: it dies, it
goes on as if nothing were, or it goes on after others have found the folder and brought the job to its end.
"""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.pipeline.next_steps import Step
from flatiron_tasks.pipeline.states import JobState, PassState, TextureState
from flatiron_tasks.pipeline.steps import accept
from flatiron_tasks.pipeline.store import connect
from tests.integration.pipeline.at_change import SERVER, at_change, die
from tests.integration.pipeline.moving_clock import MovingClock
from tests.integration.pipeline.workshop import Workshop
from tests.share_contents import beside_proofs
from tests.synthetic_job import JOB_ID, SyntheticJob, make_job

NOT_REACHED = 3
EARLIER = b"the texture of an earlier bake"


def take_up(workshop: Workshop, *, doubled: bool = False) -> None:
    """What workers do in the minutes after Redis was emptied."""
    workshop.messages.clear()
    for _ in range(3):
        accept.accept_forgotten(workshop.context)
        workshop.live(sweeps=1, doubled=doubled)
        workshop.clock.advance(120)


def run_step(url: str, folder: Path, step: Step, change: int, how: str) -> None:
    """What the child does."""
    workshop = Workshop(connect(url), MovingClock(), folder / "network")
    reached = False

    def lose_redis() -> None:
        nonlocal reached
        reached = True
        workshop.client.flushdb()
        if how == "dies":
            die()
        if how == "is overtaken":
            take_up(Workshop(connect(url), MovingClock(), folder / "network"))

    at_change(folder, change, lose_redis)
    workshop.run(step)
    if not reached:
        sys.exit(NOT_REACHED)


def is_reached(url: str, folder: Path, step: Step, change: int, how: str) -> bool:
    """Run the step in a child. False if it came to its end without so many changes."""
    child = SERVER.Process(target=run_step, args=(url, folder, step, change, how))
    child.start()
    child.join(60)
    assert child.exitcode in (-signal.SIGKILL if how == "dies" else 0, NOT_REACHED)
    return child.exitcode != NOT_REACHED


class Snapshot:
    """Share and Redis as they were, to begin from again."""

    def __init__(self, folder: Path, url: str) -> None:
        self._redis: Any = redis.Redis.from_url(url)
        self._folder, self._copy = folder, folder.with_name("copy")
        self._keys = {key: self._redis.dump(key) for key in self._redis.scan_iter()}
        shutil.copytree(folder, self._copy)

    def restore(self) -> None:
        """Bring back what was there."""
        shutil.rmtree(self._folder)
        shutil.copytree(self._copy, self._folder)
        self._redis.flushdb()
        for key, value in self._keys.items():
            self._redis.restore(key, 0, value)


def is_bare(job: SyntheticJob) -> bool:
    """Whether the child died between the last file and the folder: an empty folder is nobody's, and stays."""
    folder = job.files.folder.path
    return folder.exists() and not any(folder.iterdir())


Begin = Callable[[Workshop, SyntheticJob], None]


def finish(workshop: Workshop, job: SyntheticJob) -> None:
    """All textures are in place; the clean-up comes next."""
    job.render()
    workshop.accept(job)
    while not any(step.name == "clean_temp" for step in workshop.messages):
        pending, workshop.messages = workshop.messages, []
        for step in pending:
            workshop.run(step)
        workshop.sweep()


def begin_to_cancel(workshop: Workshop, job: SyntheticJob) -> None:
    """Some of it is rendered and merged; what a placeholder replaced must come back."""
    (job.files.folder.previous / "CompleteMap.png").write_bytes(EARLIER)
    workshop.accept(job)
    workshop.work()
    job.render(passes=[0])
    workshop.live(sweeps=1)
    workshop.desk.cancel(JOB_ID)


def assert_ended(workshop: Workshop, job: SyntheticJob, state: JobState, textures: dict[str, bytes], when: str) -> None:
    assert beside_proofs(job.network_folder) == [], when
    assert job.textures() == textures, when
    if workshop.desk.is_known(JOB_ID):
        record = workshop.context.store.load(JOB_ID)
        assert (record.state, record.cleaned) == (state, True), when
    ends = workshop.context.store.notices.count()
    assert ends == (state is JobState.CANCELLED and workshop.desk.is_known(JOB_ID)), when


@pytest.mark.parametrize("how", ["dies", "goes on", "is overtaken"])
@pytest.mark.parametrize(
    ("begin", "state", "stride"), [(finish, JobState.DONE, 5), (begin_to_cancel, JobState.CANCELLED, 3)]
)
def test_a_job_that_ends_while_redis_is_emptied_at_any_change_comes_to_the_same_end(
    begin: Begin,
    state: JobState,
    stride: int,
    how: str,
    client: redis.Redis,
    clock: MovingClock,
    tmp_path: Path,
    redis_server_url: str,
) -> None:
    folder = tmp_path / "bake"
    folder.mkdir()
    job = make_job(folder)
    workshop = Workshop(client, clock, job.network_folder)
    begin(workshop, job)
    (step,) = {step for step in workshop.messages if step.name in ("clean_temp", "cancel")}
    expected = job.textures() | ({"CompleteMap.png": EARLIER} if state is JobState.CANCELLED else {})
    before = Snapshot(folder, redis_server_url)
    change = 4  # the mark is three changes; what was lost before it goes on as if it had never ended
    while True:
        before.restore()
        reached = is_reached(redis_server_url, folder, step, change, how)
        if not reached or is_bare(job):
            break
        take_up(workshop, doubled=change % 2 == 0)
        assert_ended(workshop, job, state, expected, f"Redis was emptied at change {change}")
        change += stride
    assert change > 4 + 3 * stride, "the step changes the file system more than a few times"


def lose_redis(workshop: Workshop, *, doubled: bool = False) -> None:
    workshop.client.flushdb()
    take_up(workshop, doubled=doubled)


@pytest.mark.parametrize(("begin", "state"), [(finish, JobState.DONE), (begin_to_cancel, JobState.CANCELLED)])
def test_a_job_that_could_not_leave_a_farm_that_was_away_leaves_it_though_its_record_is_lost(
    begin: Begin, state: JobState, workshop: Workshop, job: SyntheticJob
) -> None:
    workshop.accept(job)
    workshop.work()
    assert workshop.farm.jobs()
    begin(workshop, job)
    expected = job.textures() | ({"CompleteMap.png": EARLIER} if state is JobState.CANCELLED else {})
    workshop.farm.unreachable = True
    workshop.work()
    for doubled in (False, True):
        lose_redis(workshop, doubled=doubled)
        assert job.files.folder.path.exists()
        assert "away" in workshop.desk.job(JOB_ID).sentence or state is JobState.DONE
    workshop.farm.unreachable = False
    take_up(workshop)
    assert not workshop.farm.jobs()
    assert_ended(workshop, job, state, expected, "after the farm came back")


@pytest.mark.parametrize(("begin", "state"), [(finish, JobState.DONE), (begin_to_cancel, JobState.CANCELLED)])
def test_redis_that_is_emptied_between_two_looks_of_a_clean_up_lets_it_begin_again(
    begin: Begin, state: JobState, client: redis.Redis, clock: MovingClock, tmp_path: Path
) -> None:
    job = make_job(tmp_path)
    workshop = Workshop(client, clock, job.network_folder, share_caching_seconds=4)
    begin(workshop, job)
    expected = job.textures() | ({"CompleteMap.png": EARLIER} if state is JobState.CANCELLED else {})
    workshop.work()
    assert sorted(path.name for path in job.files.folder.path.iterdir()) == ["ended.json", "job.desc"]
    lose_redis(workshop)
    assert_ended(workshop, job, state, expected, "after the clean-up")


def test_a_finished_job_that_is_taken_up_again_tells_nobody_of_its_end_and_shows_as_finished(
    workshop: Workshop, job: SyntheticJob
) -> None:
    finish(workshop, job)
    workshop.farm.unreachable = True
    workshop.work()
    workshop.client.flushdb()
    assert accept.accept_forgotten(workshop.context) == [JOB_ID]
    assert workshop.context.store.notices.count() == 0
    status = workshop.desk.job(JOB_ID)
    assert (status.state, {item.state for item in status.passes}) == (JobState.DONE, {PassState.MERGED})
    assert {item.state for item in status.textures} == {TextureState.DELIVERED}


@pytest.mark.parametrize("begin", [finish, begin_to_cancel])
def test_what_stays_of_an_ended_job_is_not_taken_up_again(begin: Begin, workshop: Workshop, job: SyntheticJob) -> None:
    foreign = job.files.folder.path / "holiday.jpg"
    foreign.write_bytes(b"mine")
    begin(workshop, job)
    for _ in range(3):
        workshop.live(sweeps=1)
    assert str(foreign) in workshop.context.store.load(JOB_ID).leftovers
    workshop.client.flushdb()
    assert accept.accept_forgotten(workshop.context) == []
    with pytest.raises(BadInputError, match="has ended"):
        workshop.accept(job)
    assert foreign.read_bytes() == b"mine"


def test_a_folder_whose_mark_nobody_understands_begins_no_job(workshop: Workshop, job: SyntheticJob) -> None:
    for text in ("{", '{"schema_version": 1, "state": "done"}'):
        job.files.folder.ended.write_text(text)
        assert accept.accept_forgotten(workshop.context) == []
