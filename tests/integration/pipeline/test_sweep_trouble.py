"""Whatever goes wrong in a sweep stays where it is: one job, one manager, one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis

from flatiron_tasks.contracts.channels import ALIVE_KEY
from flatiron_tasks.contracts.errors import FarmProtocolError, FarmRefusedError, UnexpectedError
from flatiron_tasks.pipeline.clock import RedisClock
from flatiron_tasks.pipeline.farm_port import FarmJobProgress, FarmJobView
from flatiron_tasks.pipeline.states import JobState, PassState
from flatiron_tasks.pipeline.steps import poll
from flatiron_tasks.pipeline.steps.accept import accept
from flatiron_tasks.pipeline.sweep_book import ALIVE_SECONDS, SweepBook
from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks.app import configuration, make_app
from flatiron_tasks.tasks.poll import ask_for_sweep, sweep, tick
from flatiron_tasks.tasks.queues import POLL
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.integration.pipeline.workshop import MANAGER, Workshop
from tests.synthetic_job import SyntheticJob, make_job

FIRST, SECOND = "20260131-142501-00000001", "20260131-142501-00000002"


class TroubledFarm(FakeFarm):
    """Cannot tell about some jobs, has no archive, and does something else whenever it lists its jobs."""

    def __init__(self) -> None:
        super().__init__()
        self.unreadable: set[str] = set()
        self.while_listing: list[Callable[[], None]] = []
        self.while_looking: Callable[[], None] = lambda: None

    def jobs(self) -> Mapping[str, FarmJobView]:
        if self.while_listing:
            self.while_listing.pop()()
        return super().jobs()

    def progress(self, handle: str) -> FarmJobProgress | None:
        told = super().progress(handle)
        self.while_looking()
        if handle in self.unreadable:
            raise FarmProtocolError("The fake farm says something about the job that nobody can read.")
        return told

    def archived(self) -> frozenset[str]:
        raise FarmRefusedError("The fake farm has no archive")


@pytest.fixture
def farm() -> TroubledFarm:
    return TroubledFarm()


@pytest.fixture
def jobs(workshop: Workshop, farm: TroubledFarm, tmp_path: Path) -> list[SyntheticJob]:
    """Two jobs on the farm, never looked at there."""
    workshop.farm = farm
    made = [make_job(tmp_path, job_id=job_id, strips=1, names=("Wall", "Floor")) for job_id in (FIRST, SECOND)]
    for job in made:
        workshop.accept(job)
    workshop.work()
    return made


def handle_of(farm: FakeFarm, job_id: str) -> str:
    return farm.jobs()[f"flatiron-{job_id}"].handle


def looks_in_one_sweep(workshop: Workshop, *, seconds: float = 5) -> int:
    workshop.farm.requests.clear()
    workshop.sweep(seconds=seconds)
    return workshop.farm.requests["progress"]


def test_a_job_that_nobody_can_read_holds_up_no_other_and_says_so(
    workshop: Workshop, farm: TroubledFarm, jobs: list[SyntheticJob]
) -> None:
    farm.unreadable = {handle_of(farm, FIRST)}
    workshop.sweep()
    assert "nobody can read" in workshop.context.store.load(FIRST).farm_note
    assert not workshop.desk.troubles()
    second = workshop.context.store.load(SECOND)
    assert "nobody can read" not in second.farm_note
    assert second.sighting is not None
    jobs[1].render()
    workshop.live()
    assert workshop.context.store.load(SECOND).state is JobState.DONE


def test_what_a_job_that_nobody_can_read_has_rendered_is_merged(
    workshop: Workshop, farm: TroubledFarm, jobs: list[SyntheticJob]
) -> None:
    farm.unreadable = {handle_of(farm, FIRST)}
    jobs[0].render(passes=[0])
    workshop.live()
    assert len(workshop.context.store.load(FIRST).passes_in(PassState.MERGED)) == 1
    jobs[0].render()
    for _ in range(2):
        workshop.live(sweeps=1)
        workshop.clock.advance(600)
    assert workshop.context.store.load(FIRST).state is JobState.DONE


def test_a_job_that_nobody_can_read_is_asked_about_less_and_less(
    workshop: Workshop, farm: TroubledFarm, jobs: list[SyntheticJob]
) -> None:
    del jobs
    farm.unreadable = {handle_of(farm, FIRST)}
    workshop.sweep()
    early = sum(looks_in_one_sweep(workshop) for _ in range(10))
    workshop.sweep(seconds=3600)
    late = sum(looks_in_one_sweep(workshop) for _ in range(10))
    assert early > late == 0


def test_a_manager_without_an_archive_still_lets_a_job_end(
    workshop: Workshop, farm: TroubledFarm, jobs: list[SyntheticJob]
) -> None:
    del jobs
    workshop.sweep()
    farm.vanish(handle_of(farm, FIRST))
    for _ in range(5):
        workshop.sweep(seconds=20)
        workshop.work()
    assert workshop.context.store.load(FIRST).state is JobState.FAILED
    assert not workshop.desk.troubles()


def test_the_pause_counts_from_the_end_of_a_sweep(
    workshop: Workshop, farm: TroubledFarm, jobs: list[SyntheticJob]
) -> None:
    del jobs
    farm.while_listing = [lambda: workshop.clock.advance(40)]
    workshop.sweep()
    rest = workshop.context.store.sweeps.health(MANAGER).next_sweep - workshop.clock.now().timestamp()
    assert rest == pytest.approx(workshop.context.settings.poll_seconds)


def test_a_sweep_that_is_asked_for_during_another_one_comes_right_after_it_and_only_once(
    workshop: Workshop, farm: TroubledFarm, jobs: list[SyntheticJob]
) -> None:
    del jobs
    farm.while_listing = [lambda: poll.poll(workshop.context, MANAGER)] * 5
    farm.requests.clear()
    workshop.sweep()
    assert farm.requests["jobs"] == 2
    assert workshop.context.store.sweeps.health(MANAGER).next_sweep == 0


def test_a_manager_that_does_not_answer_is_not_asked_again_at_once(
    workshop: Workshop, farm: TroubledFarm, jobs: list[SyntheticJob]
) -> None:
    del jobs
    farm.unreachable = True
    workshop.context.store.sweeps.ask_again(MANAGER)
    workshop.sweep()
    workshop.context.store.sweeps.ask_again(MANAGER)
    sweep(workshop.context, MANAGER)
    sweep(workshop.context, MANAGER)
    health = workshop.context.store.sweeps.health(MANAGER)
    assert health.failures == 2
    assert health.next_sweep > workshop.clock.now().timestamp()


def test_a_sweep_without_time_leaves_the_rest_to_the_next_one(
    workshop: Workshop, farm: TroubledFarm, jobs: list[SyntheticJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    del jobs
    seconds = [0.0]

    def slow() -> None:
        seconds[0] += workshop.context.settings.lease_seconds

    monkeypatch.setattr(poll, "monotonic", lambda: seconds[0])
    workshop.sweep(seconds=3600)
    farm.while_looking = slow
    for job_id in (FIRST, SECOND):
        farm.begin(handle_of(farm, job_id), 1)
    assert looks_in_one_sweep(workshop) == 1
    pause = workshop.context.store.sweeps.health(MANAGER).next_sweep - workshop.clock.now().timestamp()
    assert pause == pytest.approx(workshop.context.settings.poll_seconds)
    assert looks_in_one_sweep(workshop) == 1
    actives = [workshop.context.store.load(job_id).sighting for job_id in (FIRST, SECOND)]
    assert [seen.active for seen in actives if seen] == [("node-1",), ("node-1",)]


class Interrupted(Exception):  # noqa: N818 - as Celery's soft time limit
    """The worker wants its process back."""


def test_a_sweep_that_the_worker_interrupts_ends(
    workshop: Workshop, farm: TroubledFarm, jobs: list[SyntheticJob]
) -> None:
    del jobs

    def interrupt() -> None:
        raise Interrupted

    farm.while_looking = interrupt
    workshop.context = replace(workshop.context, interruptions=(Interrupted,))
    with pytest.raises(UnexpectedError):
        workshop.sweep()
    assert farm.requests["progress"] == 1
    farm.while_looking = lambda: None
    poll.poll(workshop.context, MANAGER)
    assert workshop.context.store.load(SECOND).sighting is not None


def test_ticks_that_piled_up_ask_once(workshop: Workshop, jobs: list[SyntheticJob]) -> None:
    del jobs
    asked: list[str] = []
    for _ in range(20):
        workshop.context.store.sweeps.sweep_now(MANAGER)
        tick(workshop.context, asked.append)
    assert asked == [MANAGER]


def test_a_tick_leaves_a_sign_of_life_that_ends_with_the_workers(workshop: Workshop, client: redis.Redis) -> None:
    tick(workshop.context, lambda _: None)
    assert 0 < client.ttl(ALIVE_KEY) <= ALIVE_SECONDS


def test_wake_ups_that_piled_up_sweep_once_and_once_more_at_the_next_tick(
    workshop: Workshop, farm: TroubledFarm, jobs: list[SyntheticJob]
) -> None:
    del jobs
    farm.requests.clear()
    for _ in range(20):
        sweep(workshop.context, MANAGER)
    assert farm.requests["jobs"] == 1
    assert workshop.context.store.sweeps.claim_sweep(MANAGER, workshop.clock.now().timestamp(), 30)


def test_no_message_of_a_sweep_depends_on_the_clock_of_its_sender(client: redis.Redis, redis_server_url: str) -> None:
    settings = Settings(redis_url=redis_server_url)
    with make_app(settings) as app:
        ask_for_sweep(app, MANAGER)
    (message,) = client.lrange(POLL, 0, -1)
    assert '"expires": null' in message
    assert all("expires" not in entry["options"] for entry in configuration(settings)["beat_schedule"].values())


def test_all_workers_read_the_clock_of_redis(client: redis.Redis) -> None:
    seconds, _ = client.time()
    now = RedisClock(client).now()
    assert now.tzinfo is UTC
    assert now >= datetime.fromtimestamp(seconds, UTC)


def test_a_sweep_that_dispatch_asks_for_during_another_one_is_not_lost(
    workshop: Workshop, farm: TroubledFarm, jobs: list[SyntheticJob]
) -> None:
    del jobs
    farm.while_listing = [lambda: workshop.context.store.sweeps.sweep_now(MANAGER)]
    farm.requests.clear()
    workshop.sweep()
    assert farm.requests["jobs"] == 2
    assert workshop.context.store.sweeps.health(MANAGER).next_sweep > workshop.clock.now().timestamp()


def test_a_sweep_that_dispatch_asks_for_when_there_is_no_time_left_comes_at_the_next_tick(
    workshop: Workshop, farm: TroubledFarm, jobs: list[SyntheticJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    del jobs
    seconds = [0.0]
    monkeypatch.setattr(poll, "monotonic", lambda: seconds[0])

    def ask_late() -> None:
        workshop.context.store.sweeps.sweep_now(MANAGER)
        seconds[0] += workshop.context.settings.lease_seconds

    farm.while_listing = [ask_late]
    workshop.sweep()
    assert workshop.context.store.sweeps.claim_sweep(MANAGER, workshop.clock.now().timestamp(), 30)


def test_a_record_that_is_made_anew_while_a_sweep_finds_none_is_looked_after(
    workshop: Workshop, jobs: list[SyntheticJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(jobs) == 2
    book, job_id = workshop.context.store.sweeps, FIRST
    forget = type(book).forget_unknown

    def forget_too_late(self: SweepBook, manager: str, unknown: str) -> bool:
        if unknown == job_id:
            accept(workshop.context, job_id, forgotten=True)
        return forget(self, manager, unknown)

    monkeypatch.setattr(type(book), "forget_unknown", forget_too_late)
    workshop.client.delete(*workshop.client.keys(f"flatiron:job:{job_id}*"))
    workshop.sweep()
    assert book.next_look(MANAGER, job_id) is not None
    assert book.next_look(MANAGER, SECOND) is not None


def test_a_job_without_a_record_is_looked_after_no_more(workshop: Workshop, jobs: list[SyntheticJob]) -> None:
    assert len(jobs) == 2
    workshop.client.delete(*workshop.client.keys(f"flatiron:job:{FIRST}*"))
    workshop.sweep()
    assert workshop.context.store.sweeps.next_look(MANAGER, FIRST) is None
