"""Trouble on request is the trouble that was asked for, every time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest

from flatiron_tasks.contracts.errors import BadInputError, FarmRefusedError
from tests.unit.farm.a_manager import AManager
from workers.farm.faults import KINDS, NOISE, Faults, TaskFault, documented, parse
from workers.farm.jobs import JobSpec, OnCompletion
from workers.farm.reply_writer import Mishaps, ReplyWriter
from workers.farm.store import Store

REPLY = (b"251 6\r\n", b"<a/>\n\0", b"backburner>")


class _Recorder:
    """A stream that keeps every write for itself."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.transport = self

    def set_write_buffer_limits(self, high: int) -> None:
        assert high == 0

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    async def drain(self) -> None:
        return


def _sent(*texts: str, replies: int = 1) -> list[bytes]:
    """The writes of some equal replies on one connection."""
    recorder = _Recorder()

    async def send() -> None:
        writer = ReplyWriter(cast("asyncio.StreamWriter", recorder), Mishaps(parse(texts)), 0.0)
        for _ in range(replies):
            await writer.send(*REPLY)

    try:
        asyncio.run(send())
    except ConnectionError:
        recorder.writes.append(b"(cut)")
    return recorder.writes


def test_without_a_fault_every_part_leaves_with_a_write_of_its_own() -> None:
    assert parse(()) == Faults()
    assert _sent() == list(REPLY)


def test_glued_split_cut_and_garbled_replies_are_what_their_names_say() -> None:
    whole = b"".join(REPLY)

    assert _sent("glue-replies") == [whole]
    assert _sent("split-replies=5", "glue-replies") == [whole[n : n + 5] for n in range(0, len(whole), 5)]
    assert _sent("split-replies=1") == [whole[n : n + 1] for n in range(len(whole))]
    assert _sent("cut-replies=9") == [b"251 6\r\n", b"<a", b"(cut)"]
    assert _sent("cut-replies=0")[-1] == b"(cut)"
    assert _sent("garbage=2", replies=2) == [*REPLY, NOISE]


def test_every_nth_connection_is_dropped() -> None:
    mishaps = Mishaps(parse(["drop-connections=3"]))

    assert [mishaps.drops_connection() for _ in range(6)] == [False, False, True, False, False, True]


def test_several_faults_of_one_kind_add_up() -> None:
    faults = parse(["task-fails=2@node-1", "task-fails=*@node-2", "server-vanishes=a", "server-vanishes=b"])

    assert faults.task_fails == (TaskFault(2, "node-1"), TaskFault(None, "node-2"))
    assert faults.server_vanishes == {"a", "b"}
    assert [faults.task_fails_on(task, f"node-{node}") for task in (1, 2) for node in (1, 2, 3)] == [
        *(False, True, False),
        *(True, True, False),
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("", "nonsense", "delay=x", "delay=-1", "delay=nan", "garbage=0", "split-replies=٣", "glue-replies=1"),
        *("task-fails", "task-fails=x", "task-fails=1@", "cut-replies", "server-vanishes"),
    ],
)
def test_a_fault_that_nobody_knows_is_refused(text: str) -> None:
    with pytest.raises(BadInputError):
        parse([text])


def test_every_fault_can_be_asked_for_and_is_documented() -> None:
    for kind in KINDS:
        assert f"{kind.name}" in documented()
        assert parse([f"{kind.name}={kind.default or '1'}" if kind.value else kind.name]) != Faults()


def test_a_task_that_is_made_to_fail_fails_on_the_server_that_was_named(store: Store) -> None:
    manager = AManager(store, faults=parse(["task-fails=1@node-1"]))
    manager.queue.submit(JobSpec("bake", ("render",), (("1",),)))
    node, link = manager.server("node-1")
    manager.nodes.settle()
    assert link.sent[-1]["fault"]
    manager.finish(node, link, "failed")
    _, other = manager.server("node-2")
    manager.nodes.settle()

    assert "fault" not in other.sent[-1]


def test_a_server_that_is_made_to_vanish_is_cut_off_and_stays_away(store: Store) -> None:
    manager = AManager(store, faults=parse(["server-vanishes=node-1"]))
    node, link = manager.server("node-1")
    manager.nodes.settle()
    assert not link.is_closed()
    manager.queue.submit(JobSpec("bake", ("render",), (("1",),)))
    manager.nodes.settle()
    assert link.is_closed()
    manager.nodes.lost(node)

    with pytest.raises(FarmRefusedError):
        manager.server("node-1")


def test_a_job_that_is_made_to_vanish_is_neither_in_the_queue_nor_in_the_archive(store: Store) -> None:
    manager = AManager(store, faults=parse(["job-vanishes=bake"]))
    for name in ("bake", "other"):
        manager.queue.submit(JobSpec(name, ("render",), (("1",),), on_completion=OnCompletion.LEAVE))
    node, link = manager.server()
    manager.nodes.settle()
    for _ in range(2):
        manager.finish(node, link)

    assert [job.spec.name for job in manager.queue.jobs.values()] == ["other"]
    assert manager.queue.archive() == []


def test_a_slow_disk_delays_every_change_and_no_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("workers.farm.store.time.sleep", waits.append)
    slow = Store(tmp_path / "slow.sqlite", delay_s=parse(["slow-disk=0.5"]).slow_disk)
    manager = AManager(slow)
    job = manager.queue.submit(JobSpec("bake", ("render",), (("1",),)))
    manager.ask("get joblist")
    manager.ask(f"set jobpriority {job.handle} 3")
    slow.close()

    assert waits == [0.5, 0.5]
