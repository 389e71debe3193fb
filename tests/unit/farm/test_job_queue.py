from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flatiron_tasks.backburner.assumptions import WireJobState
from flatiron_tasks.contracts.errors import FarmRefusedError
from tests.unit.farm.a_manager import POLICY, Clock
from workers.farm.job_queue import Assignment, JobQueue
from workers.farm.jobs import JobSpec, OnCompletion
from workers.farm.policy import QueuePolicy
from workers.farm.store import Store

_EVERYWHERE: frozenset[str] = frozenset()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(store: Store, clock: Clock) -> JobQueue:
    return JobQueue(store, POLICY, clock)


def _spec(name: str = "bake", tasks: int = 2, **options: Any) -> JobSpec:
    rows = tuple((f"task {number}",) for number in range(1, tasks + 1))
    return replace(JobSpec(name, ("render", "%tp1"), rows, on_completion=OnCompletion.LEAVE), **options)


def _take(queue: JobQueue, server: str, *groups: str) -> Assignment:
    held = queue.next_task(server, frozenset(groups))
    assert held is not None
    return held


def test_a_job_goes_from_not_started_over_active_to_complete(queue: JobQueue) -> None:
    job = queue.submit(_spec())
    states = [job.wire_state]
    for _ in range(2):
        held = _take(queue, "node-1")
        states.append(job.wire_state)
        queue.complete(held, 10.0)
        states.append(job.wire_state)

    assert [state.name for state in states] == ["NOT_STARTED", "ACTIVE", "WAITING", "ACTIVE", "COMPLETE"]


def test_no_task_is_given_to_two_servers(queue: JobQueue) -> None:
    queue.submit(_spec(tasks=2))
    numbers = {_take(queue, server).task.number for server in ("node-1", "node-2")}

    assert numbers == {1, 2}
    assert queue.next_task("node-3", _EVERYWHERE) is None


def test_a_failed_server_gets_the_job_again_as_often_as_retries_allow(queue: JobQueue, clock: Clock) -> None:
    queue.submit(_spec(tasks=1))
    for _ in range(2):
        queue.fail(_take(queue, "node-1"), "exit code 1")
        assert queue.next_task("node-1", _EVERYWHERE) is None
        clock.now += 29
        queue.tick()
        assert queue.next_task("node-1", _EVERYWHERE) is None
        clock.now += 1
        queue.tick()
    queue.fail(_take(queue, "node-1"), "exit code 1")
    clock.now += 1e9
    queue.tick()

    assert queue.next_task("node-1", _EVERYWHERE) is None


def test_a_failed_task_waits_for_another_server_and_the_failed_one_serves_other_jobs(queue: JobQueue) -> None:
    first, second = queue.submit(_spec("first", 1)), queue.submit(_spec("second", 1))
    queue.fail(_take(queue, "node-1"), "exit code 1")

    assert _take(queue, "node-1").job is second
    assert _take(queue, "node-2").job is first


def test_a_job_on_which_every_server_failed_is_neither_complete_nor_gone(queue: JobQueue) -> None:
    job = queue.submit(_spec(tasks=1))
    queue.fail(_take(queue, "node-1"), "exit code 1")

    assert job.wire_state is WireJobState.WAITING
    assert job.messages == ["exit code 1"]


def test_the_lost_task_of_an_absent_server_is_nobodys_failure(queue: JobQueue) -> None:
    job = queue.submit(_spec(tasks=1))
    held = _take(queue, "node-1")
    queue.release("node-1", "node-1 is absent")

    assert queue.find(held.id) is None
    assert not job.standings["node-1"].failed
    assert _take(queue, "node-1").id != held.id


def test_what_a_server_still_works_on_is_kept_when_it_comes_back(queue: JobQueue) -> None:
    queue.submit(_spec(tasks=1))
    held = _take(queue, "node-1")
    queue.release("node-1", keep=held.id)

    assert queue.find(held.id) is held


def test_suspending_voids_assignments_and_activating_keeps_finished_tasks(queue: JobQueue) -> None:
    job = queue.submit(_spec(tasks=2))
    queue.complete(_take(queue, "node-1"), 1.0)
    held = _take(queue, "node-1")
    queue.suspend(job)
    assert (job.wire_state, queue.find(held.id)) == (WireJobState.SUSPENDED, None)
    assert queue.next_task("node-1", _EVERYWHERE) is None

    queue.activate(job)
    assert _take(queue, "node-1").task.number == 2


def test_a_complete_job_cannot_be_suspended(queue: JobQueue) -> None:
    job = queue.submit(_spec(tasks=1))
    queue.complete(_take(queue, "node-1"), 1.0)
    queue.suspend(job)

    assert job.wire_state is WireJobState.COMPLETE


def test_priority_100_means_suspended(queue: JobQueue) -> None:
    assert queue.submit(_spec(priority=100)).wire_state is WireJobState.SUSPENDED


def test_the_most_urgent_job_goes_first_and_equals_in_order(queue: JobQueue) -> None:
    for name, priority in (("late", 60), ("first", 50), ("second", 50), ("urgent", 0)):
        queue.submit(_spec(name, 1, priority=priority))

    order = [_take(queue, f"node-{number}").job.spec.name for number in range(4)]
    assert order == ["urgent", "first", "second", "late"]


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        ({}, {"node-1", "node-2"}),
        ({"group": "bakers"}, {"node-2"}),
        ({"group": "nobody"}, set()),
        ({"servers": ("node-1",)}, {"node-1"}),
        ({"group": "bakers", "servers": ("node-1",)}, {"node-2"}),
        ({"server_count": 1}, {"node-1"}),
    ],
)
def test_only_the_servers_that_are_meant_get_tasks(queue: JobQueue, options: dict[str, Any], allowed: set[str]) -> None:
    job = queue.submit(_spec(**options))
    for server, groups in (("node-1", _EVERYWHERE), ("node-2", frozenset({"bakers"}))):
        queue.next_task(server, groups)

    assert set(job.active_servers) == allowed


def test_a_name_in_the_queue_is_refused_or_adjusted(queue: JobQueue) -> None:
    queue.submit(_spec())
    with pytest.raises(FarmRefusedError):
        queue.submit(_spec())

    assert queue.submit(_spec(adjust_name=True)).spec.name == "bake_1"


def test_an_adjusted_name_is_still_a_job_name_and_survives_a_restart(queue: JobQueue, store: Store) -> None:
    queue.submit(_spec("b" * 70))
    adjusted = queue.submit(_spec("b" * 70, adjust_name=True)).spec.name
    assert adjusted == "b" * 68 + "_1"
    assert adjusted in {job.spec.name for job in store.jobs()}


@pytest.mark.parametrize(
    ("wish", "listed", "archived"),
    [
        (OnCompletion.LEAVE, ["bake"], []),
        (OnCompletion.ARCHIVE, [], ["bake"]),
        (OnCompletion.DELETE, [], []),
        (OnCompletion.DEFAULT, [], ["bake"]),
    ],
)
def test_a_complete_job_stays_or_leaves_as_it_was_wished(
    queue: JobQueue, clock: Clock, wish: OnCompletion, listed: list[str], archived: list[str]
) -> None:
    queue.submit(_spec(tasks=1, on_completion=wish, completion_days=1.0))
    queue.complete(_take(queue, "node-1"), 1.0)
    clock.now += 86_399
    queue.tick()
    assert len(queue.jobs) == 1

    clock.now += 1
    queue.tick()
    assert [job.spec.name for job in queue.jobs.values()] == listed
    assert [entry.name for entry in queue.archive()] == archived


def test_a_new_manager_finds_everything_as_it_was(queue: JobQueue, store: Store, clock: Clock) -> None:
    job = queue.submit(_spec(tasks=3))
    queue.complete(_take(queue, "node-1"), 5.0)
    queue.fail(_take(queue, "node-2"), "exit code 1")
    held = _take(queue, "node-1")

    successor = JobQueue(store, QueuePolicy(), clock)

    assert successor.jobs == {job.handle: job}
    assert successor.find(held.id) == held
    assert successor.servers_with_tasks() == {"node-1"}


def test_the_assignments_of_a_deleted_job_are_void(queue: JobQueue, store: Store) -> None:
    job = queue.submit(_spec())
    held = _take(queue, "node-1")
    queue.delete(job)

    assert queue.find(held.id) is None
    assert store.jobs() == []
