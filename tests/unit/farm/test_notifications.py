"""What clients are told over UDP, in the order in which it happens."""

from __future__ import annotations

import pytest

from flatiron_tasks.backburner.datagrams import Event, Notification
from tests.unit.farm.a_manager import AManager
from workers.farm.jobs import JobSpec

PORT = 30001


@pytest.fixture
def watched(manager: AManager) -> AManager:
    manager.client(PORT)
    manager.client(0)
    return manager


def _told(manager: AManager) -> list[Notification]:
    assert {port for port, _ in manager.notified} <= {PORT}
    notes = [note for _, note in manager.notified if note is not None]
    assert len(notes) == len(manager.notified)
    manager.notified.clear()
    return notes


def test_the_life_of_a_job_is_told(watched: AManager) -> None:
    node, link = watched.server()
    job = watched.queue.submit(JobSpec("bake", ("render",), (("1",), ("2",))))
    handle = str(job.handle)
    assert _told(watched) == [Notification(Event.SERVER_ON, (node.handle,)), Notification(Event.NEW_JOB, (handle,))]

    watched.nodes.settle()
    assert [note.kind for note in _told(watched)] == [Event.SERVER_ASSIGNED, Event.JOB_STARTS]
    watched.finish(node, link)
    assert _told(watched) == [Notification(Event.TASK_COMPLETE, (handle, "1", "12"))]
    watched.finish(node, link)
    assert _told(watched) == [
        Notification(Event.TASK_COMPLETE, (handle, "2", "12")),
        Notification(Event.SERVER_FINISHED_JOB, (handle, node.handle)),
        Notification(Event.LAST_TASK_DONE, (handle,)),
        Notification(Event.SERVER_IDLE, (node.handle,)),
    ]
    watched.queue.tick()
    assert _told(watched) == [Notification(Event.JOB_DELETED, (handle,))]


def test_what_people_do_to_a_job_is_told(watched: AManager) -> None:
    job = watched.queue.submit(JobSpec("bake", ("render",), (("1",),)))
    handle = str(job.handle)
    for line in (
        "set jobstate {} 1",
        "set jobstate {} 0",
        "set jobpriority {} 20",
        "restart job {}",
        "del job {}",
    ):
        watched.ask(line.format(handle))

    assert _told(watched) == [
        Notification(Event.NEW_JOB, (handle,)),
        Notification(Event.JOB_STATE, (handle, "3")),
        Notification(Event.JOB_STATE, (handle, "1")),
        Notification(Event.JOB_PRIORITY, (handle, "20")),
        Notification(Event.JOB_RESTARTED, (handle,)),
        Notification(Event.JOB_DELETED, (handle,)),
    ]


def test_a_failed_task_and_a_lost_server_are_told(watched: AManager) -> None:
    node, link = watched.server()
    job = watched.queue.submit(JobSpec("bake", ("render",), (("1",),)))
    watched.nodes.settle()
    _told(watched)
    watched.finish(node, link, "failed")
    assert _told(watched)[0] == Notification(Event.TASK_ERROR, (str(job.handle),))
    watched.nodes.lost(node)

    assert _told(watched)[-1] == Notification(Event.SERVER_OFF, (node.handle,))


def test_taking_a_server_off_a_job_and_putting_it_on_again_is_told(watched: AManager) -> None:
    node, _ = watched.server()
    job = watched.queue.submit(JobSpec("bake", ("render",), (("1",),)))
    _told(watched)
    for verb in ("del", "new"):
        watched.ask(f"{verb} jobserver {job.handle} {node.handle}")

    assert _told(watched) == [Notification(Event.JOB_RESET), Notification(Event.JOB_EDITED, (str(job.handle),))]


def test_a_handle_is_as_long_as_clients_expect(manager: AManager) -> None:
    handles = [manager.queue.submit(JobSpec(f"job {n}", ("x",), (("1",),))).handle for n in range(50)]

    assert all(8 <= len(str(handle)) <= 10 and handle < 2**32 for handle in handles)
