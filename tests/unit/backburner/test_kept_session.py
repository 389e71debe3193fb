"""One connection for all questions, opened again when it died, and no hammering."""

from __future__ import annotations

import threading

import pytest

from flatiron_tasks.backburner.backoff import Backoff
from flatiron_tasks.backburner.dialogue import Reply
from flatiron_tasks.backburner.kept_session import KeptSession
from flatiron_tasks.backburner.session import Address
from flatiron_tasks.contracts.errors import FarmProtocolError, FarmUnreachableError
from tests.unit.backburner.scripted_manager import PROMPT, ScriptedManager

_OK = {"get x": b"200 1\r\n" + PROMPT}


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _kept(port: int, clock: _Clock) -> KeptSession:
    backoff = Backoff(first_s=10, clock=clock, chance=lambda: 0.0)
    return KeptSession(Address("127.0.0.1", port, read_timeout_s=10), backoff=backoff, clock=clock)


def test_many_requests_share_one_connection() -> None:
    # [W1]
    with ScriptedManager(_OK) as manager:
        kept = _kept(manager.port, _Clock())
        for _ in range(3):
            assert kept.request("get", "x") == Reply(200, "1")
        kept.close()
    assert manager.conversations == [["get x"] * 3]


def test_a_connection_that_the_manager_closed_meanwhile_is_replaced_before_the_request() -> None:
    with ScriptedManager(_OK) as manager:
        kept = _kept(manager.port, _Clock())
        kept.request("get", "x")
        manager.hang_up()
        assert kept.request("get", "x") == Reply(200, "1")
        kept.close()
    assert manager.conversations == [["get x"], ["get x"]]


def test_a_connection_that_was_idle_for_long_is_replaced() -> None:
    # [A20]
    clock = _Clock()
    with ScriptedManager(_OK) as manager:
        kept = _kept(manager.port, clock)
        kept.request("get", "x")
        clock.now = 59
        kept.request("get", "x")
        clock.now += 61
        kept.request("get", "x")
        kept.close()
    assert [len(conversation) for conversation in manager.conversations] == [2, 1]


def test_a_connection_that_was_lost_is_told_once_and_one_that_was_let_go_is_not() -> None:
    clock = _Clock()
    with ScriptedManager(_OK) as manager:
        kept = _kept(manager.port, clock)
        kept.request("get", "x")
        clock.now = 61
        kept.request("get", "x")
        kept.close()
        kept.request("get", "x")
        assert not kept.take_loss()
        manager.hang_up()
        kept.request("get", "x")
        assert kept.take_loss()
        assert not kept.take_loss()
        kept.close()


def test_a_connection_that_died_with_a_request_or_after_a_long_pause_was_lost() -> None:
    clock = _Clock()
    with ScriptedManager({"get x": [b"200 1\r\n" + PROMPT, b"200 1\r\n" + PROMPT, b"nonsense\r\n"]}) as manager:
        kept = _kept(manager.port, clock)
        kept.request("get", "x")
        clock.now = 61
        manager.hang_up()
        kept.request("get", "x")
        assert kept.take_loss()
        with pytest.raises(FarmProtocolError):
            kept.request("get", "x")
        assert kept.take_loss()
        kept.close()


def test_a_manager_that_cannot_be_reached_loses_no_connection() -> None:
    with ScriptedManager(_OK) as manager:
        port = manager.port
    kept = _kept(port, _Clock())
    with pytest.raises(FarmUnreachableError):
        kept.request("get", "x")
    assert not kept.take_loss()


def test_a_request_whose_reply_was_lost_is_not_repeated() -> None:
    with ScriptedManager({"get x": b""}) as manager:
        kept = _kept(manager.port, _Clock())
        with pytest.raises(FarmUnreachableError, match="closed the connection"):
            kept.request("get", "x")
    assert manager.conversations == [["get x"]]


def test_no_attempt_is_made_before_the_back_off_is_over() -> None:
    # [F13]
    clock = _Clock()
    with ScriptedManager({"get x": [b"nonsense\r\n", b"200 1\r\n" + PROMPT]}) as manager:
        kept = _kept(manager.port, clock)
        with pytest.raises(FarmProtocolError):
            kept.request("get", "x")
        clock.now = 4
        with pytest.raises(FarmUnreachableError, match=r"has not answered for 4 s.*next try is in 6\.0 s"):
            kept.request("get", "x")
        clock.now = 10
        assert kept.request("get", "x") == Reply(200, "1")
        kept.close()
    assert len(manager.conversations) == 2


def test_opening_on_purpose_does_not_wait_for_the_back_off() -> None:
    with ScriptedManager({"get x": [b"nonsense\r\n", b"200 1\r\n" + PROMPT]}) as manager:
        kept = _kept(manager.port, _Clock())
        with pytest.raises(FarmProtocolError):
            kept.request("get", "x")
        kept.open()
        assert kept.request("get", "x") == Reply(200, "1")
        kept.close()


def test_a_request_that_cannot_be_said_costs_neither_connection_nor_back_off() -> None:
    # [W6]
    with ScriptedManager(_OK) as manager:
        kept = _kept(manager.port, _Clock())
        kept.request("get", "x")
        with pytest.raises(FarmProtocolError):
            kept.request("get", "x y")
        kept.request("get", "x")
        kept.close()
    assert manager.conversations == [["get x"] * 2]


def test_threads_take_turns() -> None:
    answers = {f"get {number}": f"200 {number}\r\n".encode() + PROMPT for number in range(8)}
    replies: dict[int, Reply] = {}
    with ScriptedManager(answers) as manager:
        kept = _kept(manager.port, _Clock())
        threads = [
            threading.Thread(target=lambda number=number: replies.update({number: kept.request("get", str(number))}))
            for number in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        kept.close()

    assert replies == {number: Reply(200, str(number)) for number in range(8)}
    assert len(manager.conversations) == 1


def test_a_process_that_forks_gets_a_connection_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedManager(_OK) as manager:
        kept = _kept(manager.port, _Clock())
        kept.request("get", "x")
        monkeypatch.setattr("os.getpid", lambda: -1)
        kept.request("get", "x")
        kept.request("get", "x")
        kept.close()
    assert [len(conversation) for conversation in manager.conversations] == [1, 2]
