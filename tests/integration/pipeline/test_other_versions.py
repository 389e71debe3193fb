"""What another version of the pipeline wrote is shown as it is, or left out; it never hides everything else."""

from __future__ import annotations

import json

import redis

from flatiron_tasks.pipeline.farm_port import FarmJobState, FarmJobView
from flatiron_tasks.pipeline.gauge_book import GaugeBook
from flatiron_tasks.pipeline.states import JobState, PassState
from flatiron_tasks.pipeline.store import JobStore
from tests.integration.pipeline.conftest import JOB, create

PREFIX = "flatiron"
KEY = f"{PREFIX}:job:{JOB}"
MANAGER = "localhost:3234"


def states(store: JobStore) -> list[str]:
    page = store.index.page(states=[], artist="", farm="", text="", after="", count=50)
    return [row.state for row in page.rows]


def test_a_job_in_an_unknown_state_is_listed_with_its_state_as_text(store: JobStore, client: redis.Redis) -> None:
    create(store)
    assert states(store) == [JobState.SUBMITTED]
    client.hset(KEY, "state", "paused_by_newer")
    assert states(store) == ["paused_by_newer"]


def test_a_job_whose_record_cannot_be_read_is_left_out_of_the_list(store: JobStore, client: redis.Redis) -> None:
    create(store)
    client.hset(KEY, "passes_total", "some")
    assert states(store) == []


def test_an_event_that_cannot_be_read_is_left_out_of_the_history(store: JobStore, client: redis.Redis) -> None:
    create(store)
    before = store.index.history(JOB)
    client.rpush(f"{KEY}:history", json.dumps({"schema_version": 99}))
    client.rpush(f"{KEY}:history", "garbage")
    assert before
    assert store.index.history(JOB) == before


def test_a_pass_in_an_unknown_state_is_not_counted(store: JobStore, client: redis.Redis) -> None:
    create(store, passes=3)
    client.hset(f"{KEY}:passes", "0", "newstate")
    assert GaugeBook(client, PREFIX).passes()[PassState.WAITING] == 2


def test_a_listing_that_cannot_be_read_counts_as_unknown(store: JobStore, client: redis.Redis) -> None:
    store.sweeps.keep_listing(MANAGER, {"a": FarmJobView("1", "a", FarmJobState.WAITING)})
    assert store.sweeps.listing(MANAGER)
    for text in ("garbage", "[]", '{"a": 1}', '{"a": ["1", "newstate"]}'):
        client.set(f"{PREFIX}:listing:{MANAGER}", text)
        assert store.sweeps.listing(MANAGER) == {}
