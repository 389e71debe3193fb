"""Pages of jobs on a real Redis: whole, in order, filtered, at a cost that does not grow; and the history of a job."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import redis

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.pipeline.job_index import LOOKS, JobPage
from flatiron_tasks.pipeline.states import JobState, PassState
from flatiron_tasks.pipeline.store import JobStore, connect
from tests.integration.pipeline.moving_clock import MovingClock

MANY = 230


@pytest.fixture
def client(redis_server_url: str) -> Iterator[redis.Redis]:
    client = connect(redis_server_url)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def store(client: redis.Redis, clock: MovingClock) -> JobStore:
    return JobStore(client, clock)


def create(store: JobStore, number: int, **changes: str) -> str:
    job_id = f"20260131-142501-{number:08d}"
    fields = {
        "job_name": f"Castle {number}",
        "manager": "localhost:3234",
        "network_folder": "/bakes",
        "output_folder": "/out",
        "passes_total": "1",
        "textures_total": "0",
        "labels": json.dumps(["Tower"]),
        "artist": "Ann",
        **changes,
    }
    store.create(job_id, fields=fields, passes=[PassState.WAITING], textures=[], sentence="Submitted.")
    return job_id


def page(store: JobStore, **asked: object) -> JobPage:
    given = {"states": (), "artist": "", "farm": "", "text": "", "after": "", "count": 20, **asked}
    return store.index.page(**given)  # type: ignore[arg-type]  # the test's own keywords


def ids_on_all_pages(store: JobStore, **asked: object) -> list[str]:
    found: list[str] = []
    after = ""
    while True:
        one = page(store, after=after, **asked)
        found += [row.job_id for row in one.rows]
        after = one.after
        if not after:
            return found


@pytest.mark.parametrize("count", [1, 20, 100, MANY, MANY + 1])
def test_pages_hold_every_job_once_newest_first(store: JobStore, clock: MovingClock, count: int) -> None:
    made = []
    for number in range(MANY):
        made.append(create(store, number))
        clock.advance(number % 3)  # many at one moment
    assert sorted(ids_on_all_pages(store, count=count)) == sorted(made)
    times = [row.created_at for row in page(store, count=MANY).rows]
    assert times == sorted(times, reverse=True)


def test_filters_work_together(store: JobStore) -> None:
    wanted = create(store, 1, artist="STUDIO\\Böb", job_name="Gate", manager="other:1")
    create(store, 2, artist="STUDIO\\Böb", job_name="Gate")
    create(store, 3, job_name="Gate", manager="other:1")
    create(store, 4, artist="STUDIO\\Böb", manager="other:1")
    assert ids_on_all_pages(store, artist="studio\\böb", farm="other:1", text="gATE") == [wanted]
    assert ids_on_all_pages(store, text="142501-00000003") == ["20260131-142501-00000003"]
    assert ids_on_all_pages(store, artist="nobody") == []


def test_a_filter_by_states_orders_by_the_last_change(store: JobStore, clock: MovingClock) -> None:
    jobs = [create(store, number) for number in range(4)]
    for job_id in (jobs[3], jobs[0], jobs[2]):
        clock.advance(1)
        store.change_state(store.load(job_id), JobState.FAILED, sentence="It failed.")
    assert ids_on_all_pages(store, states=(JobState.FAILED,), count=2) == [jobs[2], jobs[0], jobs[3]]
    both = ids_on_all_pages(store, states=(JobState.FAILED, JobState.SUBMITTED), count=1)
    assert both == [jobs[2], jobs[0], jobs[3], jobs[1]]
    assert store.index.counts()[JobState.FAILED] == 3


def test_a_page_costs_no_more_among_many_jobs(store: JobStore, client: redis.Redis) -> None:
    def commands() -> int:
        return int(client.info("stats")["total_commands_processed"])

    def cost() -> int:
        before = commands()
        assert len(page(store, count=10).rows) == 10
        return commands() - before

    for number in range(150):
        create(store, number)
    among_some = cost()
    for number in range(150, 1500):
        create(store, number)
    assert cost() == among_some


def test_a_search_that_finds_nothing_stops_and_says_where(store: JobStore) -> None:
    for number in range(LOOKS + 10):
        create(store, number)
    first = page(store, text="nowhere")
    assert (first.rows, first.looked_at) == ((), LOOKS)
    second = page(store, text="nowhere", after=first.after)
    assert (second.rows, second.looked_at, second.after) == ((), 10, "")


@pytest.mark.parametrize("bookmark", ["x", "~", "1~", "~job", "nan~job", "-1~job", "1 2~job"])
def test_a_bookmark_that_is_none_is_refused(store: JobStore, bookmark: str) -> None:
    with pytest.raises(BadInputError, match="no bookmark"):
        page(store, after=bookmark)


def test_the_history_holds_what_the_stream_held_and_forgets_the_oldest(store: JobStore) -> None:
    job_id = create(store, 1)
    for number in range(520):
        store.artists.say(job_id, f"Sentence {number}.")
    history = store.index.history(job_id)
    stream = [event for _, event in store.events("0", block_seconds=0, count=1000)]
    assert history == tuple(stream[-500:])
    assert history[-1].sentence == "Sentence 519."
    assert store.index.history("20990101-000000-00000000") == ()
    assert store.index.last_event_id() != "0-0"
