"""The text that Prometheus reads: whole, by its conventions, true of queues, and there when Redis is not."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import httpx
import pytest
import redis
from celery import Celery
from prometheus_client.parser import text_string_to_metric_families

from flatiron_tasks.pipeline.clock import RedisClock
from flatiron_tasks.pipeline.gauge_book import SENT_AT
from flatiron_tasks.pipeline.measured import CATALOGUE
from flatiron_tasks.pipeline.measures import Histogram
from flatiron_tasks.pipeline.store import JobStore, connect
from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks.app import make_app
from flatiron_tasks.tasks.queues import FRONT_DESK, MERGE
from tests.integration.metrics.conftest import Scrape, samples
from tests.integration.pipeline.workshop import Workshop
from workers.metrics.exposition import CONTENT_TYPE, metrics_app, new_ages, render_metrics

AGE = "flatiron_queue_oldest_message_age_seconds"


def message(identity: str, **headers: Any) -> str:
    return json.dumps({"body": "", "headers": {"id": identity, **headers}, "properties": {}})


def test_every_family_is_described_and_named_by_convention(workshop: Workshop) -> None:
    text = render_metrics(workshop.context.store).decode()
    families = list(text_string_to_metric_families(text))
    assert len(families) > 20
    for family in families:
        assert family.documentation.endswith(".")
        assert re.fullmatch(r"flatiron_[a-z0-9_]+", family.name)
        assert "TYPE " + (family.name + "_total " if family.type == "counter" else family.name + " ") in text


@pytest.mark.parametrize("what", CATALOGUE, ids=lambda what: what.name)
def test_the_catalogue_keeps_to_seconds_totals_and_rising_bounds(what: Any) -> None:
    if isinstance(what, Histogram):
        assert what.name.endswith("_seconds")
        assert list(what.bounds) == sorted(set(what.bounds))
    else:
        assert what.name.endswith("_total")


def test_ends_of_jobs_are_there_before_the_first_one(scrape: Scrape) -> None:
    assert scrape()["flatiron_job_ends_total", ("failed",)] == 0


def test_a_message_of_ours_says_when_it_was_sent(workshop: Workshop, redis_server_url: str, scrape: Scrape) -> None:
    app: Celery = make_app(Settings(redis_url=redis_server_url))
    app.send_task("flatiron.merge_pass", args=("20260131-142501-7f3a9c0d", 1))
    entry = json.loads(workshop.client.lindex(MERGE, -1) or "")
    assert isinstance(entry["headers"][SENT_AT], float)
    numbers = scrape()
    assert numbers["flatiron_queue_messages", (MERGE,)] == 1
    assert 0 <= numbers[AGE, (MERGE,)] < 3600


def test_the_age_is_that_of_the_oldest_message(workshop: Workshop, scrape: Scrape) -> None:
    now = workshop.context.store.gauges.now()
    for identity, age in (("a", 500), ("b", 20)):
        workshop.client.lpush(MERGE, message(identity, **{SENT_AT: now - age}))
    assert 500 <= scrape()[AGE, (MERGE,)] < 600


def test_what_artists_machines_say_of_their_messages_is_not_believed(workshop: Workshop) -> None:
    workshop.client.lpush(FRONT_DESK, message("a", **{SENT_AT: 1.0}))
    ages, store = new_ages(), workshop.context.store
    assert samples(render_metrics(store, ages))[AGE, (FRONT_DESK,)] < 3600


def test_a_message_without_a_time_is_as_old_as_it_has_been_the_oldest(workshop: Workshop) -> None:
    queue = workshop.context.store.gauges.queues
    ages = new_ages()
    workshop.client.lpush(MERGE, message("a"), message("b"))
    assert ages.look(queue([MERGE]), 100) == {MERGE: 0}
    assert ages.look(queue([MERGE]), 160) == {MERGE: 60}
    workshop.client.rpop(MERGE)
    assert ages.look(queue([MERGE]), 170) == {MERGE: 0}
    workshop.client.delete(MERGE)
    assert ages.look(queue([MERGE]), 180) == {MERGE: 0}


NONSENSE = ("", "{", "[]", "null", '{"headers": 3}', '{"headers": {"id": 1, "flatiron_sent_at": true}}')


@pytest.mark.parametrize("entry", NONSENSE)
def test_an_entry_that_nobody_can_read_breaks_nothing(workshop: Workshop, scrape: Scrape, entry: str) -> None:
    workshop.client.lpush(MERGE, entry)
    assert scrape()["flatiron_queue_messages", (MERGE,)] == 1


def test_the_queues_of_all_artists_are_shown_as_the_front_desk(workshop: Workshop) -> None:
    workshop.client.lpush(f"{FRONT_DESK}.ann", message("a"))
    workshop.client.lpush(f"{FRONT_DESK}.bob", message("b"))
    numbers = samples(render_metrics(workshop.context.store, artists=("ann", "bob")))
    shown = [labels for name, labels in numbers if name == "flatiron_queue_messages"]
    assert (FRONT_DESK,) in shown
    assert not [labels for labels in shown if "ann" in labels[0]]


def test_a_field_of_somebody_else_breaks_nothing(workshop: Workshop, client: redis.Redis, scrape: Scrape) -> None:
    fields = ("x", '["y",[],"total"]', '["flatiron_attempts_total",[],"total"]', "[1,2,3]", "null")
    client.hset("flatiron:metrics", mapping=dict.fromkeys(fields, "1"))
    assert scrape()["flatiron_redis_up", ()] == 1


def test_without_redis_the_one_metric_is_that_it_is_away() -> None:
    with connect("redis://127.0.0.1:9/0") as client:
        text = render_metrics(JobStore(client, RedisClock(client)))
    assert samples(text) == {("flatiron_redis_up", ()): 0}


async def _get(app: Any, method: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.request(method, "/metrics")


def test_the_application_answers_get_and_nothing_else(workshop: Workshop) -> None:
    app = metrics_app(workshop.context.store)
    answer = asyncio.run(_get(app, "GET"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, CONTENT_TYPE)
    assert b"flatiron_jobs" in answer.content
    assert asyncio.run(_get(app, "POST")).status_code == 405
