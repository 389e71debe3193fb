"""An installation whose farm probes its servers: real Redis, a real share, a fake farm whose servers a test plays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from flatiron_tasks.contracts.layout import NODE_PROGRAM
from flatiron_tasks.pipeline.store import connect
from tests.integration.pipeline.moving_clock import MovingClock
from tests.integration.share_probe.played_farm import ProbedWorkshop
from tests.synthetic_job import SyntheticJob, make_job


@pytest.fixture
def client(redis_server_url: str) -> Iterator[redis.Redis]:
    client = connect(redis_server_url)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def job(tmp_path: Path) -> SyntheticJob:
    """A job that has brought its node program along."""
    job = make_job(tmp_path)
    (job.files.folder.path / NODE_PROGRAM).write_bytes(b"program")
    return job


@pytest.fixture
def workshop(client: redis.Redis, job: SyntheticJob) -> ProbedWorkshop:
    return ProbedWorkshop(client, MovingClock(), job.network_folder)
