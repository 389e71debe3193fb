"""The text that Prometheus reads: whole, by its conventions, true of queues, and there when Redis is not."""

from __future__ import annotations

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from celery import Celery
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

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
from workers.cli.app import app as cli
from workers.cli.exit_codes import ExitCode
from workers.metrics import exposition
from workers.metrics.exposition import CACHE_S, CONTENT_TYPE, Scraper, metrics_app, new_ages, render_metrics

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


def passes(numbers: dict[tuple[str, tuple[str, ...]], float]) -> dict[str, float]:
    return {labels[0]: value for (name, labels), value in numbers.items() if name == "flatiron_passes" and value}


def test_passes_are_counted_by_state_and_what_a_newer_version_wrote_breaks_nothing(
    client: redis.Redis, scrape: Scrape
) -> None:
    for number in range(120):
        job = f"flatiron:job:20260131-142501-{number:08x}"
        client.hset(job, mapping={"state": "rendering", "passes_total": "4"})
        states: dict[Any, Any] = {"0": "waiting", "1": "merged", "2": "merged", "3": "of a newer version"}
        client.hset(f"{job}:passes", mapping={**states, "0:starts": "7", "1:reason": "failed"})
        client.zadd("flatiron:state:rendering", {job.removeprefix("flatiron:job:"): number})
    assert passes(scrape()) == {"waiting": 120, "merged": 240}


@pytest.mark.parametrize("total", ["0", "1203", "nonsense"])
def test_a_job_of_any_size_is_counted_whole(client: redis.Redis, scrape: Scrape, total: str) -> None:
    job = "20260131-142501-0badcafe"
    client.hset(f"flatiron:job:{job}", mapping={"state": "rendering", "passes_total": total})
    client.hset(f"flatiron:job:{job}:passes", mapping={str(index): "rendered" for index in range(1203)})
    client.zadd("flatiron:state:rendering", {job: 1})
    assert passes(scrape()).get("rendered", 0) == (1203 if total == "1203" else 0)


def test_scrapes_that_overlap_or_follow_at_once_cost_one(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    now, rendered = [0.0], []

    def render(*_: Any, **_options: Any) -> bytes:
        rendered.append(1)
        return b"text"

    monkeypatch.setattr(exposition, "render_metrics", render)
    scraper = Scraper(workshop.context.store, clock=lambda: now[0])
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: scraper.text(), range(40))) == {b"text"}
    assert len(rendered) == 1
    now[0] += CACHE_S
    scraper.text()
    assert len(rendered) == 2


def test_messages_under_way_are_counted_with_accounts_and_without(client: redis.Redis, scrape: Scrape) -> None:
    for book in ("unacked", "flatiron-worker-unacked", "flatiron-front-desk-unacked"):
        client.hset(book, mapping={"a": "1", "b": "2"})
    assert scrape()["flatiron_unacknowledged_messages", ()] == 6


def test_an_account_that_may_not_see_them_tells_no_number(client: redis.Redis, redis_server_url: str) -> None:
    rules = ("reset", "on", ">poor-password-of-a-test", "~flatiron", "~flatiron:*", "~unacked", "~flatiron.*", "+@all")
    admin: Any = client
    admin.execute_command("ACL", "SETUSER", "poor", *rules)
    with connect(re.sub(r"//[^@]*@", "//poor:poor-password-of-a-test@", redis_server_url)) as poor:
        numbers = samples(render_metrics(JobStore(poor, RedisClock(poor))))
    admin.execute_command("ACL", "DELUSER", "poor")
    assert numbers["flatiron_redis_up", ()] == 1
    assert ("flatiron_unacknowledged_messages", ()) not in numbers


def test_once_without_redis_the_exit_code_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLATIRON_REDIS_URL", "redis://127.0.0.1:9/0")
    answer = CliRunner().invoke(cli, ["metrics", "--once"])
    assert answer.exit_code == ExitCode.NO_REDIS


def test_the_time_of_the_last_refusal_is_kept_by_reason(workshop: Workshop) -> None:
    book, now = workshop.context.store.artists, workshop.context.store.gauges.now()
    book.count_refusal("malformed")
    book.count_refusal("malformed")
    assert book.refusals() == {"malformed": 2}
    assert now - 2 <= book.refused_at()["malformed"] <= now + 60
