"""Whose turn it is, in both modes, whatever the network and the other side do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.backburner import assumptions, wire
from flatiron_tasks.backburner.dialogue import Dialogue, Reply
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.contracts.errors import FarmError, FarmProtocolError, FarmRefusedError, FarmUnreachableError
from tests.unit.backburner.conversations import CUTS, MODES, REPLIES, chunks, opening, spoken


def _answer(dialogue: Dialogue, stream: bytes, cuts: list[int]) -> Reply | None:
    for chunk in chunks(stream, cuts):
        assert dialogue.next_reply() is None
        dialogue.receive_data(chunk)
    return dialogue.next_reply()


def _hear_all(dialogue: Dialogue, parts: list[bytes]) -> None:
    for part in parts:
        dialogue.receive_data(part)
        _hear_out(dialogue)


def _hear_out(dialogue: Dialogue) -> None:
    while dialogue.next_reply() is not None:
        dialogue.request("get", "x")


def _greeted(mode: Mode = Mode.CONSOLE) -> Dialogue:
    dialogue = Dialogue(mode)
    dialogue.opening()
    assert _answer(dialogue, opening(mode), []) is not None
    return dialogue


@given(MODES, REPLIES, CUTS)
def test_each_request_gets_its_one_reply_however_the_network_cuts_it(
    mode: Mode, replies: list[Reply], cuts: list[int]
) -> None:
    # [W1] [W2] [W4] [W7] [W8] [W10]
    dialogue = Dialogue(mode)
    dialogue.opening()
    assert _answer(dialogue, opening(mode), cuts) is not None

    for reply in replies:
        dialogue.request("get", "x")
        assert _answer(dialogue, spoken(reply, mode), cuts) == reply


@given(MODES, st.binary(max_size=300), CUTS)
def test_noise_from_a_manager_is_a_farm_error_and_nothing_else(mode: Mode, noise: bytes, cuts: list[int]) -> None:
    # [F7]
    dialogue = Dialogue(mode)
    with pytest.raises(FarmError):
        _hear_all(dialogue, [*chunks(noise, cuts), b""])


@given(MODES, REPLIES, st.integers(min_value=0), st.binary(min_size=1, max_size=6))
def test_a_damaged_conversation_is_a_farm_error_or_another_conversation(
    mode: Mode, replies: list[Reply], place: int, damage: bytes
) -> None:
    # [F7]
    stream = opening(mode) + b"".join(spoken(reply, mode) for reply in replies)
    place %= len(stream)
    dialogue = Dialogue(mode)
    dialogue.receive_data(stream[:place] + damage + stream[place + len(damage) :])
    dialogue.receive_data(b"")
    with pytest.raises(FarmError):
        _hear_out(dialogue)


def test_a_silent_client_is_in_console_mode_and_a_login_asks_for_program_mode() -> None:
    # [W2] [W4]
    assert Dialogue(Mode.CONSOLE).opening() == b""
    assert Dialogue(Mode.PROGRAM).opening() == b"new login\r\n"


def test_a_console_greeting_before_the_login_reply_is_skipped() -> None:
    # [W4] [A2]
    dialogue = Dialogue(Mode.PROGRAM)

    assert _answer(dialogue, b"250 backburner 1.0 Ready.\r\nbackburner>200 3.00 Ready\r\n", [3, 30]) == Reply(
        200, "3.00 Ready"
    )


def test_the_prompt_tells_who_holds_queue_control() -> None:
    # [W3]
    dialogue = _greeted()
    assert not dialogue.in_control
    dialogue.request("new", "controller", "Yes")
    _answer(dialogue, b"201 OK\r\nbackburner(Controller)>", [12])

    assert dialogue.in_control


@pytest.mark.parametrize("mode", Mode)
def test_an_upload_waits_to_be_welcome(mode: Mode) -> None:
    # [W5]
    dialogue = _greeted(mode)

    assert dialogue.announcement("set", "clientinfo", payload=b"<a/>\0") == b"set clientinfo 5\r\n"
    assert _answer(dialogue, b"250 Ready\r\n", []) == Reply(250, "Ready")
    assert dialogue.payload(b"<a/>\0") == b"<a/>\0"
    assert _answer(dialogue, spoken(Reply(200, "OK"), mode), []) == Reply(200, "OK")


@pytest.mark.parametrize("mode", Mode)
def test_an_upload_that_is_not_welcome_leaves_the_conversation_in_step(mode: Mode) -> None:
    dialogue = _greeted(mode)
    dialogue.announcement("set", "clientinfo", payload=b"<a/>\0")
    assert _answer(dialogue, spoken(Reply(400, "Unknown command"), mode), []) == Reply(400, "Unknown command")

    dialogue.request("get", "x")
    assert _answer(dialogue, spoken(Reply(200, "OK"), mode), []) == Reply(200, "OK")


def test_a_reply_that_nobody_asked_for_is_never_taken_for_an_answer() -> None:
    # [W1] [F7]
    dialogue = _greeted()
    dialogue.receive_data(b"200 0\r\nbackburner>")

    with pytest.raises(FarmProtocolError, match="nobody had asked"):
        dialogue.request("get", "jobstate", "7")


def test_two_replies_to_one_request_are_a_protocol_error() -> None:
    dialogue = _greeted()
    dialogue.request("get", "jobstate", "7")

    with pytest.raises(FarmProtocolError, match="prompt was due"):
        _answer(dialogue, b"200 0\r\n200 1\r\nbackburner>", [])


@pytest.mark.parametrize("mode", Mode)
def test_another_service_is_recognised_by_its_greeting(mode: Mode) -> None:
    # [F8]
    dialogue = Dialogue(mode)
    dialogue.receive_data(b"220 mail.example ESMTP\r\n")

    with pytest.raises(FarmProtocolError, match="220 'mail"):
        dialogue.next_reply()


def test_a_manager_without_program_mode_refuses_the_login() -> None:
    # [F8]
    dialogue = Dialogue(Mode.PROGRAM)
    dialogue.receive_data(opening(Mode.CONSOLE) + b"400 Unknown command\r\nbackburner>")

    with pytest.raises(FarmRefusedError, match="program mode"):
        dialogue.next_reply()


@pytest.mark.parametrize("heard", [b"", b"250 backburner 1.0 Ready.\r\nbackburner>"])
def test_an_end_between_messages_is_unreachable(heard: bytes) -> None:
    # [F11]
    dialogue = Dialogue()
    dialogue.receive_data(heard)
    if heard:
        assert dialogue.next_reply() is not None
    dialogue.receive_data(b"")

    with pytest.raises(FarmUnreachableError, match="closed the connection"):
        dialogue.next_reply()


def test_a_document_keeps_its_last_bytes_whatever_the_prompt_looks_like() -> None:
    body = b"<a>\nbackburner></a>\n"
    dialogue = _greeted()
    dialogue.request("get", "mgrinfo")

    assert _answer(dialogue, wire.data(body) + assumptions.PROMPT, [1, 9, 17]) == Reply(251, "", body)
