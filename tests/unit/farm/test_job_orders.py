"""What people and other jobs do to a job: priority, servers, restart, dependencies, leaving the queue."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from flatiron_tasks.backburner.assumptions import WireJobState
from flatiron_tasks.contracts.errors import BadInputError, FarmRefusedError
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


def _spec(name: str = "bake", tasks: int = 1, **options: Any) -> JobSpec:
    rows = tuple((str(number),) for number in range(1, tasks + 1))
    return JobSpec(name, ("render", "%tp1"), rows, **{"on_completion": OnCompletion.LEAVE, **options})


def _take(queue: JobQueue, server: str = "node-1") -> Assignment:
    held = queue.next_task(server, _EVERYWHERE)
    assert held is not None
    return held


def test_a_changed_priority_decides_who_is_next_and_survives_a_restart(queue: JobQueue, store: Store) -> None:
    queue.submit(_spec("first"))
    second = queue.submit(_spec("second"))
    queue.set_priority(second, 10)
    successor = JobQueue(store)

    assert _take(successor).job.spec.name == "second"


def test_priority_100_suspends_and_any_other_goes_on(queue: JobQueue) -> None:
    job = queue.submit(_spec())
    states = []
    for priority in (100, 99):
        queue.set_priority(job, priority)
        states.append(job.wire_state)

    assert states == [WireJobState.SUSPENDED, WireJobState.NOT_STARTED]


def test_a_restarted_job_begins_at_its_first_task_and_forgets_all_failures(queue: JobQueue) -> None:
    job = queue.submit(_spec(tasks=2))
    queue.complete(_take(queue), 1.0)
    queue.fail(_take(queue), "exit code 1")
    queue.restart(job)

    assert (job.tasks_done, job.wire_state) == (0, WireJobState.NOT_STARTED)
    assert _take(queue).task.number == 1


def test_a_server_that_is_taken_off_loses_its_task_and_gets_no_other(queue: JobQueue) -> None:
    job = queue.submit(_spec(tasks=2))
    held = _take(queue)
    queue.take_server_off(job, "node-1")

    assert queue.find(held.id) is None
    assert queue.next_task("node-1", _EVERYWHERE) is None
    assert _take(queue, "node-2").task.number == 1


def test_a_server_that_is_put_on_works_whatever_the_submission_said(queue: JobQueue) -> None:
    job = queue.submit(_spec(servers=("node-2",)))
    assert queue.next_task("node-1", _EVERYWHERE) is None
    queue.put_server_on(job, "node-1")

    assert _take(queue).job is job


def test_a_server_that_is_put_on_again_has_all_its_retries_again(queue: JobQueue, clock: Clock) -> None:
    job = queue.submit(_spec())
    for _ in range(3):
        queue.fail(_take(queue), "exit code 1")
        clock.now += 30
        queue.tick()
    assert queue.next_task("node-1", _EVERYWHERE) is None

    queue.take_server_off(job, "node-1")
    queue.put_server_on(job, "node-1")
    assert job.standings["node-1"].retries_left == POLICY.retry_count
    assert _take(queue).job is job


def test_a_nonconcurrent_job_has_one_server_at_a_time(queue: JobQueue) -> None:
    queue.submit(_spec(tasks=2, nonconcurrent=True))
    held = _take(queue)
    assert queue.next_task("node-2", _EVERYWHERE) is None
    queue.complete(held, 1.0)

    assert _take(queue, "node-2").task.number == 2


def test_a_job_waits_until_everything_it_depends_on_is_complete(queue: JobQueue) -> None:
    first, second = queue.submit(_spec("first")), queue.submit(_spec("second"))
    after = queue.submit(_spec("after", dependencies=("first", str(second.handle)), priority=0))
    held = [_take(queue, f"node-{number}") for number in (1, 2)]
    assert [entry.job for entry in held] == [first, second]
    assert after.wire_state is WireJobState.NOT_STARTED

    queue.complete(held[0], 1.0)
    assert queue.next_task("node-3", _EVERYWHERE) is None
    queue.complete(held[1], 1.0)
    assert _take(queue, "node-3").job is after


def test_a_dependency_that_is_complete_already_or_archived_is_met(queue: JobQueue) -> None:
    for name, wish in (("left", OnCompletion.LEAVE), ("archived", OnCompletion.ARCHIVE)):
        queue.submit(_spec(name, on_completion=wish))
        queue.complete(_take(queue), 1.0)
    queue.tick()
    job = queue.submit(_spec("after", dependencies=("left", "archived")))

    assert _take(queue).job is job


def test_a_dependency_that_nobody_knows_is_refused(queue: JobQueue) -> None:
    with pytest.raises(FarmRefusedError, match="nobody"):
        queue.submit(_spec(dependencies=("nobody",)))
    assert queue.jobs == {}


def test_a_job_whose_dependency_was_deleted_waits_and_says_so(queue: JobQueue, store: Store) -> None:
    first = queue.submit(_spec("first"))
    after = queue.submit(_spec("after", dependencies=("first",)))
    queue.delete(first)

    assert queue.next_task("node-1", _EVERYWHERE) is None
    assert "first" in after.messages[0]
    assert JobQueue(store).next_task("node-1", _EVERYWHERE) is None


def test_a_manager_killed_between_a_jobs_end_and_its_successor_lets_the_successor_go(
    queue: JobQueue, store: Store
) -> None:
    first = queue.submit(_spec("first"))
    queue.submit(_spec("after", dependencies=("first",)))
    held = _take(queue)
    held.task.state, held.task.assignment, first.ended = first.tasks[0].state.COMPLETE, 0, 1.0
    store.save(first, [held.task])

    assert _take(JobQueue(store)).job.spec.name == "after"


def test_a_job_that_says_nothing_stays_as_long_as_the_manager_is_set_to(store: Store, clock: Clock) -> None:
    policy = QueuePolicy(on_completion=OnCompletion.DELETE, completion_days=2.0)
    queue = JobQueue(store, policy, clock)
    queue.submit(_spec(on_completion=OnCompletion.DEFAULT))
    queue.complete(_take(queue), 1.0)
    clock.now += 2 * 86_400 - 1
    queue.tick()
    assert len(queue.jobs) == 1

    clock.now += 1
    queue.tick()
    assert (queue.jobs, queue.archive()) == ({}, [])


def test_two_managers_cannot_share_a_queue(tmp_path: Path, store: Store) -> None:
    with pytest.raises(BadInputError, match=r"queue\.sqlite"):
        Store(tmp_path / "queue.sqlite")


def test_the_queue_of_an_earlier_version_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "old.sqlite"
    store = Store(file)
    job = JobQueue(store).submit(_spec())
    store.close()
    with sqlite3.connect(file) as database:
        spec = {k: v for k, v in job.spec.to_json().items() if k not in ("dependencies", "nonconcurrent")}
        progress = {"suspended": False, "started": 0.0, "ended": 0.0, "messages": [], "standings": {}}
        database.execute("UPDATE jobs SET spec = ?, progress = ?", (json.dumps(spec), json.dumps(progress)))
    database.close()
    reopened = Store(file)

    assert reopened.jobs() == [job]
    reopened.close()
