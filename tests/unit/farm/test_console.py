from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flatiron_tasks.backburner import payloads, wire
from flatiron_tasks.backburner.records import JobEntry, JobHandleEntry, ManagerInfo
from workers.farm.console import Console
from workers.farm.job_queue import JobQueue
from workers.farm.jobs import Job, JobSpec
from workers.farm.nodes import Hello, NodeTable
from workers.farm.store import Store


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[JobQueue]:
    store = Store(tmp_path / "queue.sqlite")
    yield JobQueue(store)
    store.close()


@pytest.fixture
def job(queue: JobQueue) -> Job:
    return queue.submit(JobSpec("bake", ("render",), (("1",), ("2",)), description="größe & <more>"))


@pytest.fixture
def console(queue: JobQueue) -> Console:
    nodes = NodeTable(queue, absent_after_s=10, minute_s=60)
    nodes.welcome(Hello("node-1", frozenset(), 0, "artist"))
    return Console(queue, nodes)


def _body(reply: bytes) -> bytes:
    connection = wire.ClientConnection()
    connection.receive_data(reply)
    event = connection.next_event()
    assert isinstance(event, wire.Data)
    return event.body


def test_lists_tell_handle_state_and_name(console: Console, job: Job) -> None:
    handle = str(job.handle)

    assert payloads.read_list(JobEntry, _body(console.answer(("get", "joblist"))))[0].name == "bake"
    assert payloads.read_list(JobHandleEntry, _body(console.answer(("GET", "JobHList")))) == (
        JobHandleEntry(handle, 1),
    )
    assert payloads.read_record(ManagerInfo, _body(console.answer(("get", "mgrinfo")))).jobs == 1


def test_job_info_tells_the_job(console: Console, job: Job) -> None:
    info = payloads.read_job_info(_body(console.answer(("get", "jobinfo", str(job.handle)))))

    assert (info.head.name, info.head.description, info.head.number_tasks) == ("bake", "größe & <more>", 2)
    assert not info.flags.complete


def test_a_server_is_found_by_its_16_digit_handle(console: Console) -> None:
    listed = _body(console.answer(("get", "srvlist")))
    handle = listed.partition(b"<Handle>")[2].partition(b"<")[0].decode()

    assert len(handle) == 16
    assert b"<Name>node-1</Name>" in _body(console.answer(("get", "server", handle)))
    assert console.answer(("get", "server", "0" * 16)).startswith(b"404 ")


def test_empty_lists_have_no_payload(console: Console) -> None:
    assert console.answer(("get", "joblist")) == b"251 0\r\n"
    assert console.answer(("get", "jobarchive")) == b"251 0\r\n"


def test_orders_change_the_job(console: Console, queue: JobQueue, job: Job) -> None:
    handle = str(job.handle)
    assert console.answer(("set", "jobstate", handle, "1")) == b"200 OK\r\n"
    assert console.answer(("get", "jobstate", handle)) == b"200 3\r\n"
    assert console.answer(("set", "jobstate", handle, "0")) == b"200 OK\r\n"
    assert console.answer(("del", "job", handle)) == b"200 OK\r\n"
    assert console.answer(("del", "job", handle)).startswith(b"404 Job")
    assert queue.jobs == {}


@pytest.mark.parametrize(
    "words",
    [("get", "nonsense"), ("new", "login"), ("get",), ("get", "jobinfo"), ("del", "job", "1", "2")],
)
def test_what_is_not_understood_is_400_unknown(console: Console, words: tuple[str, ...]) -> None:
    assert console.answer(words).startswith(b"400 Unknown")


@pytest.mark.parametrize("handle", ["0", "-1", "x", "9" * 5000, "٣"])
def test_a_strange_handle_is_a_job_that_is_not_found(console: Console, handle: str) -> None:
    assert console.answer(("get", "jobinfo", handle)).startswith(b"404 J")
