"""An installation whose steps are measured in a real Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from flatiron_tasks.pipeline.measures import RedisMeasures
from flatiron_tasks.pipeline.store import connect
from tests.integration.pipeline.moving_clock import MovingClock
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import SyntheticJob, make_job
from workers.metrics.exposition import render_metrics

Samples = dict[tuple[str, tuple[str, ...]], float]
Scrape = Callable[[], Samples]


def samples(text: bytes) -> Samples:
    """Every number by its name and label values, in the alphabetical order of the labels."""
    families = text_string_to_metric_families(text.decode())
    return {(item.name, tuple(item.labels.values())): item.value for family in families for item in family.samples}


@pytest.fixture
def client(redis_server_url: str) -> Iterator[redis.Redis]:
    with connect(redis_server_url) as client:
        client.flushdb()
        yield client


@pytest.fixture
def workshop(client: redis.Redis, tmp_path: Path) -> Workshop:
    (tmp_path / "network").mkdir()
    workshop = Workshop(client, MovingClock(), tmp_path / "network")
    workshop.context = replace(workshop.context, measures=RedisMeasures(client))
    return workshop


@pytest.fixture
def job(workshop: Workshop, tmp_path: Path) -> SyntheticJob:
    return make_job(tmp_path)


@pytest.fixture
def scrape(workshop: Workshop) -> Scrape:
    return lambda: samples(render_metrics(workshop.context.store))
