"""One connection over real TCP: whatever the other side does, an answer or a typed error, and never a hang."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from flatiron_tasks.backburner import assumptions, wire
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.backburner.registration import open_session
from flatiron_tasks.backburner.session import Address, Session
from flatiron_tasks.contracts.errors import FarmProtocolError, FarmUnreachableError
from tests.unit.backburner.conversations import opening
from tests.unit.backburner.scripted_manager import AFTER_UPLOAD, GREETING, PROMPT, ScriptedManager

_ANSWERS = {"del job 7": b"200 OK\r\n" + PROMPT}


@contextmanager
def _saying(stream: bytes) -> Iterator[int]:
    """A peer on a port that sends `stream` to its one client and hangs up."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def speak() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(stream)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass  # until the client has had enough

        thread = threading.Thread(target=speak)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            thread.join(10)


@pytest.mark.parametrize("mode", Mode)
def test_a_greeting_that_is_cut_at_any_byte_is_a_typed_error_and_never_a_hang(mode: Mode) -> None:
    # [F7] [F8] [F11]
    stream = opening(mode)
    for end in range(len(stream)):
        with _saying(stream[:end]) as port, pytest.raises((FarmUnreachableError, FarmProtocolError)):
            Session(Address("127.0.0.1", port, mode, connect_timeout_s=10, read_timeout_s=10))


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("answer", [wire.data(b"<a>\n</a>\n"), b"251 0\r\n", b"200 OK\r\n"])
def test_a_reply_that_is_cut_at_any_byte_is_a_typed_error_and_never_half_an_answer(mode: Mode, answer: bytes) -> None:
    # [F11]
    greeting = opening(mode) if mode is Mode.CONSOLE else b""
    whole = answer + (PROMPT if mode is Mode.CONSOLE else b"")
    for end in range(1, len(whole)):
        script = {"new login": wire.LOGIN_REPLY, "get x": whole[:end]}
        answers = 2 if mode is Mode.PROGRAM else 1
        with (
            ScriptedManager(script, greeting, hang_up_after=answers) as manager,
            Session(_address(manager, mode=mode)) as session,
        ):
            with pytest.raises((FarmUnreachableError, FarmProtocolError)):
                session.request("get", "x")
            assert not session.is_usable()


def test_a_silent_peer_is_unreachable_after_the_time_limit() -> None:
    # [F10]
    with ScriptedManager({}, b"") as manager, pytest.raises(FarmUnreachableError, match=r"within 0\.1 s"):
        Session(_address(manager, read_timeout_s=0.1))


def test_a_peer_that_trickles_for_ever_is_unreachable_after_the_same_time_limit() -> None:
    # [F10]
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        done = threading.Event()

        def trickle() -> None:
            connection, _ = listener.accept()
            with connection:
                while not done.is_set():
                    try:
                        connection.sendall(b"\0")
                    except OSError:
                        return

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            with pytest.raises(FarmUnreachableError, match="did not answer"):
                Session(Address("127.0.0.1", listener.getsockname()[1], read_timeout_s=0.3))
        finally:
            done.set()
            thread.join(10)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 1), ("127.0.0.1", 99999), ("", 3234), ("a..b", 3234)])
def test_an_address_where_nobody_can_be_is_unreachable(host: str, port: int) -> None:
    # [F9]
    with pytest.raises(FarmUnreachableError, match="cannot be reached"):
        Session(Address(host, port, connect_timeout_s=2))


def test_a_session_that_failed_stays_closed() -> None:
    with ScriptedManager({"get x": b"<html>\r\n"}) as manager, Session(_address(manager)) as session:
        with pytest.raises(FarmProtocolError):
            session.request("get", "x")
        with pytest.raises(FarmUnreachableError, match="closed"):
            session.request("get", "x")


def test_a_session_knows_that_the_manager_left_before_it_asks() -> None:
    with ScriptedManager(_ANSWERS) as manager, Session(_address(manager)) as session:
        session.request("del", "job", "7")
        assert session.is_usable()
        manager.hang_up()
        assert session.hears_within(10)
        assert not session.is_usable()


def test_program_mode_registers_as_the_known_client_does() -> None:
    # [W4] [W5] [A10]
    answers = {
        "new login": wire.LOGIN_REPLY,
        "set clientinfo *": wire.UPLOAD_READY,
        AFTER_UPLOAD: b"200 OK\r\n",
        "del job 7": b"200 OK\r\n",
    }
    with (
        ScriptedManager(answers, b"") as manager,
        open_session(_address(manager, mode=Mode.PROGRAM)) as session,
    ):
        assert session.request("del", "job", "7").text == "OK"
    (document,) = manager.uploads
    assert manager.requests == ["new login", f"set clientinfo {len(document) + 1}", "del job 7"]
    assert b"<UdpPort>0</UdpPort>" in document


def test_everything_that_travels_can_be_overheard() -> None:
    heard: list[tuple[str, bytes]] = []
    with (
        ScriptedManager(_ANSWERS) as manager,
        Session(_address(manager), overhear=lambda direction, data: heard.append((direction, data))) as session,
    ):
        session.request("del", "job", "7")

    assert b"".join(data for direction, data in heard if direction == "sent") == b"del job 7\r\n"
    received = b"".join(data for direction, data in heard if direction == "received")
    assert received == GREETING + assumptions.PROMPT + _ANSWERS["del job 7"]


def _address(manager: ScriptedManager, *, read_timeout_s: float = 10, mode: Mode = Mode.CONSOLE) -> Address:
    return Address("127.0.0.1", manager.port, mode, connect_timeout_s=10, read_timeout_s=read_timeout_s)
