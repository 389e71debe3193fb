"""A sweep costs what moves, not what waits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import redis

from flatiron_tasks.pipeline.job_files import is_unfinished
from flatiron_tasks.pipeline.steps import accept, poll
from tests.integration.pipeline.moving_clock import MovingClock
from tests.integration.pipeline.workshop import MANAGER, Workshop
from tests.synthetic_job import make_job

MOVING = 2


@pytest.fixture
def full_farm(client: redis.Redis, clock: MovingClock, tmp_path: Path) -> Workshop:
    """Ten jobs on the farm, all of them known."""
    (tmp_path / "network").mkdir()
    workshop = Workshop(client, clock, tmp_path / "network")
    for number in range(10):
        workshop.accept(make_job(tmp_path, job_id=f"20260131-142501-0000000{number}", strips=1, names=("Wall",)))
    workshop.work()
    workshop.sweep()
    workshop.farm.requests.clear()
    return workshop


def test_a_sweep_in_which_nothing_moves_asks_twice_at_most(full_farm: Workshop) -> None:
    for _ in range(5):
        full_farm.farm.requests.clear()
        full_farm.sweep()
        assert sum(full_farm.farm.requests.values()) <= 2


def test_a_sweep_asks_once_more_for_every_job_that_moved(full_farm: Workshop) -> None:
    handles = sorted(view.handle for view in full_farm.farm.jobs().values())
    for server, handle in zip(full_farm.farm.server_names, handles[:MOVING], strict=True):
        full_farm.farm.begin(handle, 1, server)
    full_farm.farm.requests.clear()
    full_farm.sweep()
    assert full_farm.farm.requests == {"jobs": 1, "servers": 1, "progress": MOVING}


def test_jobs_that_wait_are_not_even_looked_at(full_farm: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    full_farm.clock.advance(3600)
    poll.poll(full_farm.context, MANAGER)
    monkeypatch.setattr(poll, "observe", lambda _context, _survey, record: looked_at.append(record.job_id))
    full_farm.sweep()
    assert looked_at == []


def test_a_manager_is_claimed_for_one_sweep_and_again_when_its_time_has_come(full_farm: Workshop) -> None:
    book = full_farm.context.store.sweeps

    def now() -> float:
        return full_farm.clock.now().timestamp()

    full_farm.clock.advance(60)
    assert book.claim_sweep(MANAGER, now(), 30)
    assert not book.claim_sweep(MANAGER, now(), 30)
    book.sweep_now(MANAGER)
    assert book.claim_sweep(MANAGER, now(), 30)
    full_farm.clock.advance(31)
    assert book.claim_sweep(MANAGER, now(), 30)


def test_a_job_whose_record_is_lost_is_not_looked_after_for_ever(full_farm: Workshop, client: redis.Redis) -> None:
    client.zadd(f"flatiron:at:{MANAGER}", {"20260131-142501-lostlost": 0})
    full_farm.sweep()
    assert "20260131-142501-lostlost" not in full_farm.context.store.jobs_at(MANAGER)
    assert len(full_farm.context.store.jobs_at(MANAGER)) == 10


def test_the_search_for_lost_records_looks_into_no_folder_of_a_known_job(
    full_farm: Workshop, client: redis.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_into: list[str] = []

    def noted(job_id: str, folders: Sequence[Path]) -> bool:
        looked_into.append(job_id)
        return is_unfinished(job_id, folders)

    monkeypatch.setattr("flatiron_tasks.pipeline.steps.accept.is_unfinished", noted)
    lost = "20260131-142501-00000003"
    client.delete(f"flatiron:job:{lost}")
    (tmp_path / "network" / "flatiron-foreign").mkdir()
    assert accept.accept_forgotten(full_farm.context) == [lost]
    assert looked_into == [lost, "foreign"]
