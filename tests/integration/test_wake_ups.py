"""Notifications wake the sweep for jobs of ours, once per burst; anything else wakes nobody, and nothing raises."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from queue import Empty, Queue

import pytest
import redis

from flatiron_tasks.backburner.datagrams import Event, Notification
from flatiron_tasks.pipeline.clock import RedisClock
from flatiron_tasks.pipeline.farm_port import FarmJobState, FarmJobView
from flatiron_tasks.pipeline.store import JobStore, connect
from flatiron_tasks.tasks.wake import LISTING_AGE_S, Bell

OURS, NEWER, FOREIGN = "3000000001", "3000000002", "3000000099"


class FakeTime:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def closed_port() -> int:
    """A port where no manager listens: the bell is rung by hand."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def store(redis_server_url: str) -> Iterator[JobStore]:
    client: redis.Redis = connect(redis_server_url)
    client.flushdb()
    yield JobStore(client, RedisClock(client))
    client.close()


def list_jobs(store: JobStore, manager: str, *handles: str) -> None:
    views = [FarmJobView(handle, f"flatiron-{handle}", FarmJobState.ACTIVE) for handle in handles]
    store.sweeps.keep_listing(manager, {view.name: view for view in views})


def test_only_our_jobs_wake_and_a_burst_wakes_once(store: JobStore, closed_port: int) -> None:
    manager, woken, time = f"127.0.0.1:{closed_port}", Queue[str](), FakeTime()
    list_jobs(store, manager, OURS)
    bell = Bell(store, manager, woken.put, clock=time)
    bell.hear(Notification(Event.TASK_COMPLETE, (FOREIGN, "1", "1000")))
    bell.hear(Notification(Event.SERVER_OFF, ("002590A4C7A60000",)))
    bell.hear(Notification(Event.SERVER_ASSIGNED, (OURS, "002590A4C7A60000")))
    bell.hear(Notification(Event.JOB_PRIORITY, (OURS, "7")))
    assert not bell.has_rung
    for task in range(20):
        bell.hear(Notification(Event.TASK_COMPLETE, (OURS, f"{task}", "1000")))
    with bell:
        assert woken.get(timeout=10) == manager
    with pytest.raises(Empty):
        woken.get_nowait()


def test_a_job_that_came_later_is_known_after_a_while(store: JobStore, closed_port: int) -> None:
    manager, woken, time = f"127.0.0.1:{closed_port}", Queue[str](), FakeTime()
    list_jobs(store, manager, OURS)
    with Bell(store, manager, woken.put, clock=time) as bell:
        bell.hear(Notification(Event.TASK_COMPLETE, (NEWER, "1", "1000")))
        assert not bell.has_rung
        list_jobs(store, manager, OURS, NEWER)
        time.now += LISTING_AGE_S + 1
        bell.hear(Notification(Event.LAST_TASK_DONE, (NEWER,)))
        assert woken.get(timeout=10) == manager


def test_a_wake_up_that_fails_is_lost_and_the_next_one_comes(store: JobStore, closed_port: int) -> None:
    manager, woken = f"127.0.0.1:{closed_port}", Queue[str]()
    list_jobs(store, manager, OURS)
    trouble = [redis.ConnectionError("gone")]

    def wake(address: str) -> None:
        woken.put(address)
        if trouble:
            raise trouble.pop()

    with Bell(store, manager, wake) as bell:
        for _ in range(2):
            bell.hear(Notification(Event.LAST_TASK_DONE, (OURS,)))
            assert woken.get(timeout=10) == manager
