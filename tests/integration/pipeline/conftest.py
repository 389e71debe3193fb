"""A record store on a real Redis, with a clock that tests move."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from flatiron_tasks.pipeline.states import PassState, TextureState
from flatiron_tasks.pipeline.store import JobStore, NewTexture, connect
from tests.integration.pipeline.moving_clock import MovingClock
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import SyntheticJob, make_job

JOB = "20260131-142501-7f3a9c0d"


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def client(redis_server_url: str) -> Iterator[redis.Redis]:
    client = connect(redis_server_url)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def store(client: redis.Redis, clock: MovingClock) -> JobStore:
    return JobStore(client, clock)


def create(store: JobStore, *, passes: int = 3, textures: int = 2) -> bool:
    """A job with so many passes, all of which every texture needs."""
    every = tuple(range(passes))
    fields = {
        "job_name": "Castle",
        "manager": "localhost:3234",
        "network_folder": "/bakes",
        "output_folder": "/out",
        "passes_total": str(passes),
        "passes_merged": "0",
        "textures_total": str(textures),
        "textures_done": "0",
        "keep_pieces": "0",
        "labels": json.dumps([f"Object {index}" for index in every]),
    }
    return store.create(
        JOB,
        fields=fields,
        passes=[PassState.WAITING] * passes,
        textures=[NewTexture(TextureState.WAITING, f"/out/{index}.png", every) for index in range(textures)],
        sentence="Submitted.",
    )


@pytest.fixture
def job(tmp_path: Path) -> SyntheticJob:
    """A Multi Pass job of four objects in two strips, nothing rendered yet."""
    return make_job(tmp_path)


@pytest.fixture
def share_caching_seconds() -> float:
    """How late listings of the share may be. Tests that wait for a late share say how long: `parametrize`."""
    return 0


@pytest.fixture
def workshop(client: redis.Redis, clock: MovingClock, tmp_path: Path, share_caching_seconds: float) -> Workshop:
    """Workers, sweep and farm that see the job's share."""
    (tmp_path / "network").mkdir(exist_ok=True)
    return Workshop(client, clock, tmp_path / "network", share_caching_seconds=share_caching_seconds)
