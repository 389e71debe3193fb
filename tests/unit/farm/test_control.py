"""Queue control: one client at a time, handed over on request, by silence, or when its holder is gone."""

from __future__ import annotations

import pytest

from flatiron_tasks.backburner.datagrams import Control
from tests.unit.farm.a_manager import AManager
from workers.farm.jobs import JobSpec
from workers.farm.store import Store

GRANTED, PENDING, OK = (b"201 OK\r\n",), (b"200 Control Pending\r\n",), (b"200 OK\r\n",)


@pytest.fixture
def strict(store: Store) -> AManager:
    return AManager(store, strict=True)


def _kinds(manager: AManager, port: int) -> list[tuple[Control, str]]:
    """Control messages that went to one client."""
    return [
        (note.kind, note.fields[0])
        for at, note in manager.notified
        if at == port and note is not None and isinstance(note.kind, Control)
    ]


def test_a_strict_manager_changes_nothing_for_whoever_has_no_control(strict: AManager) -> None:
    job = strict.queue.submit(JobSpec("bake", ("render",), (("1",),)))
    holder, other = strict.client(), strict.client()
    assert strict.ask("new controller Yes", holder) == GRANTED

    assert strict.ask(f"set jobstate {job.handle} 1", other)[0].startswith(b"401 ")
    assert strict.ask(f"get jobstate {job.handle}", other) == (b"200 1\r\n",)
    assert strict.ask(f"set jobstate {job.handle} 1", holder) == OK


def test_a_job_that_is_not_there_is_not_there_for_anybody(strict: AManager) -> None:
    assert strict.ask("del job 3000000001", strict.client())[0].startswith(b"404 J")


def test_a_lax_manager_takes_changes_from_everybody(manager: AManager) -> None:
    job = manager.queue.submit(JobSpec("bake", ("render",), (("1",),)))
    assert manager.ask("new controller Yes", manager.client()) == GRANTED

    assert manager.ask(f"set jobstate {job.handle} 1", manager.client()) == OK


def test_silence_for_ten_seconds_hands_control_over(strict: AManager) -> None:
    holder, asker = strict.client(30001, "holder"), strict.client(30002, "asker")
    strict.ask("new controller Yes", holder)
    strict.notified.clear()
    assert strict.ask("new controller Yes", asker) == PENDING
    strict.clock.now += 9.9
    strict.control.tick()
    assert strict.control.holder is holder

    strict.clock.now += 0.1
    strict.control.tick()
    assert strict.control.holder is asker
    assert _kinds(strict, 30001) == [(Control.ASKED, "asker"), (Control.TAKEN, "asker")]
    assert _kinds(strict, 30002) == [(Control.PASSED_TO_US, "holder"), (Control.TAKEN, "asker")]


@pytest.mark.parametrize(("wish", "passed"), [("Yes", True), ("No", False)])
def test_the_holder_may_grant_or_refuse_at_once(strict: AManager, wish: str, passed: bool) -> None:
    holder, asker = strict.client(30001, "holder"), strict.client(30002, "asker")
    strict.ask("new controller Yes", holder)
    strict.ask("new controller Yes", asker)
    assert strict.ask(f"set controller {wish}", asker)[0].startswith(b"401 ")

    assert strict.ask(f"set controller {wish}", holder) == OK
    strict.clock.now += 60
    strict.control.tick()
    assert (strict.control.holder is asker) == passed
    assert ((Control.REFUSED, "holder") in _kinds(strict, 30002)) != passed


def test_control_ends_with_the_connection_of_its_holder(strict: AManager) -> None:
    holder, asker = strict.client(), strict.client()
    strict.ask("new controller Yes", holder)
    strict.ask("new controller Yes", asker)
    strict.control.left(holder)
    assert strict.control.holder is asker

    strict.control.left(asker)
    assert strict.control.holder is None


def test_a_lock_refuses_every_request_until_it_is_taken_away(strict: AManager) -> None:
    holder, asker = strict.client(), strict.client()
    assert strict.ask("del controller Yes", holder) == OK
    assert strict.ask("new controller Yes", asker)[0].startswith(b"401 ")
    assert strict.ask("del controller Yes", asker)[0].startswith(b"401 ")

    assert strict.ask("del controller No", holder) == OK
    assert strict.ask("new controller Yes", asker) == PENDING
