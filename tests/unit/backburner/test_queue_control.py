"""Control is taken only when a change is refused without it, and given back whatever happens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flatiron_tasks.backburner import payloads, wire
from flatiron_tasks.backburner.client import ManagerClient
from flatiron_tasks.backburner.dialogue import Reply
from flatiron_tasks.backburner.queue_control import change_in_control
from flatiron_tasks.backburner.records import ClientInfo, SystemInfo
from flatiron_tasks.backburner.session import Address, Session
from flatiron_tasks.contracts.errors import FarmRefusedError, FarmUnreachableError
from tests.unit.backburner.scripted_manager import PROMPT, ScriptedManager

_OK = b"200 OK\r\n" + PROMPT
_NO = b"401 Need queue control\r\n" + PROMPT
_IN_CONTROL = b"backburner(Controller)>"
_GRANTED = b"201 OK\r\n" + _IN_CONTROL
_PENDING = b"200 Control Pending\r\n" + PROMPT
_REFUSAL = Reply(401, "Need queue control")


def _client(manager: ScriptedManager) -> ManagerClient:
    return ManagerClient("127.0.0.1", manager.port, read_timeout_s=10)


def test_a_change_that_is_taken_without_control_never_asks_for_it() -> None:
    # [Q1] [F1]
    with ScriptedManager({"del job 7": _OK}) as manager, _client(manager) as client:
        assert client.delete_job("7")
    assert manager.conversations == [["del job 7"]]


def test_a_change_that_needs_control_is_made_on_a_connection_of_its_own_that_ends_with_it() -> None:
    # [Q1] [Q2] [Q5] [F6] [R18] [A14]
    answers = {"del job 7": [_NO, b"200 OK\r\n" + _IN_CONTROL], "new controller Yes": [_GRANTED]}
    with ScriptedManager(answers) as manager, _client(manager) as client:
        assert client.delete_job("7")
        manager.await_end(1)
        assert manager.conversations == [["del job 7"], ["new controller Yes", "del job 7"]]
        assert not manager.has_ended(0)  # the client's own connection is still there


@pytest.mark.parametrize("answer", [b"401 Need queue control\r\n", b"404 Job not found\r\n", b""])
def test_control_is_given_back_when_the_change_fails(answer: bytes) -> None:
    # [Q5]
    answers = {"del job 7": [_NO, answer + (PROMPT if answer else b"")], "new controller Yes": [_GRANTED]}
    with ScriptedManager(answers) as manager, _client(manager) as client:
        if answer.startswith(b"404"):
            assert not client.delete_job("7")
        else:
            with pytest.raises((FarmRefusedError, FarmUnreachableError)):
                client.delete_job("7")
        manager.await_end(1)


@pytest.mark.parametrize("answer", [b"404 Job not found", b"450 Job is gone", b"400 Unknown command"])
def test_what_control_would_not_change_does_not_ask_for_it(answer: bytes) -> None:
    # [F3] [F4] [A7] [A8]
    with ScriptedManager({"del job 7": answer + b"\r\n" + PROMPT}) as manager, _client(manager) as client:
        if answer.startswith(b"400"):
            with pytest.raises(FarmRefusedError, match="400 Unknown"):
                client.delete_job("7")
        else:
            assert not client.delete_job("7")
    assert manager.conversations == [["del job 7"]]


def test_a_question_never_asks_for_control() -> None:
    # [F5]
    with (
        ScriptedManager({"get joblist": _NO}) as manager,
        _client(manager) as client,
        pytest.raises(FarmRefusedError, match="401 Need queue control"),
    ):
        client.jobs()
    assert manager.conversations == [["get joblist"]]


def test_control_that_somebody_hands_over_in_time_is_used() -> None:
    # [Q3]
    answers = {"del job 7": [_NO, _NO, b"200 OK\r\n" + _IN_CONTROL], "new controller Yes": [_PENDING]}
    clock = iter([0.0, 0.5, 0.505])
    with ScriptedManager(answers) as manager:
        assert _change(manager, clock, patience_s=0.51).code == 200
    assert manager.requests == ["new controller Yes", "del job 7", "del job 7", "del job 7"]


def test_control_that_somebody_keeps_is_a_refusal_that_names_them() -> None:
    # [Q3] [R12]
    holder = payloads.write_record("ClientInfo", ClientInfo(system_info=SystemInfo(computer_name="desk-4")))
    answers = {"del job 7": _NO, "new controller Yes": _PENDING, "get controller": wire.data(holder) + PROMPT}
    with (
        ScriptedManager(answers) as manager,
        pytest.raises(FarmRefusedError, match=r"401 Need queue control.*desk-4 holds queue control"),
    ):
        _change(manager, iter([0.0, 20.0]))
    assert manager.requests == ["new controller Yes", "del job 7", "get controller"]


def test_a_holder_that_the_manager_does_not_name_is_somebody() -> None:
    answers = {"del job 7": _NO, "new controller Yes": _PENDING, "get controller": b"404 Nobody\r\n" + PROMPT}
    with ScriptedManager(answers) as manager, pytest.raises(FarmRefusedError, match="somebody holds"):
        _change(manager, iter([0.0, 20.0]))


def test_control_that_is_refused_leaves_the_refusal_of_the_change() -> None:
    # [Q4]
    answers = {"new controller Yes": b"403 No\r\n" + PROMPT}
    with ScriptedManager(answers) as manager, pytest.raises(FarmRefusedError, match=r"401 Need queue control.*403 No"):
        _change(manager, iter([0.0]))


def _change(manager: ScriptedManager, clock: Iterator[float], patience_s: float = 12) -> Reply:
    address = Address("127.0.0.1", manager.port, read_timeout_s=10)
    return change_in_control(
        lambda: Session(address),
        "del",
        "job",
        "7",
        refusal=_REFUSAL,
        patience_s=patience_s,
        clock=lambda: next(clock),
    )
