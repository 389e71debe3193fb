from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.backburner import assumptions, wire
from flatiron_tasks.contracts.errors import FarmProtocolError
from tests.unit.backburner.conversations import CUTS, chunks

_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
_STATUS = st.builds(wire.Status, st.integers(100, 999).filter(lambda code: code != wire.DATA_CODE), _TEXT)
_DATA = st.binary(max_size=300).filter(lambda body: body == b"" or body[-1:] != b"\0").map(wire.Data)
_PROMPT = st.builds(wire.Prompt, st.booleans())
_REPLIES = st.lists(_STATUS | _DATA | _PROMPT, max_size=8)
_WORD = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
_COMMANDS = st.lists(st.lists(_WORD, min_size=1, max_size=4), max_size=6)


def _spoken(event: wire.ClientEvent) -> bytes:
    match event:
        case wire.Status(code, text):
            return wire.status(code, text)
        case wire.Data(body):
            return wire.data(body)
        case wire.Prompt(in_control):
            return assumptions.PROMPT_IN_CONTROL if in_control else assumptions.PROMPT
        case wire.Closed():
            return b""


def _heard(connection: wire.ClientConnection, chunks: list[bytes]) -> list[object]:
    events: list[object] = []
    try:
        for chunk in [*chunks, b""]:
            connection.receive_data(chunk)
            while (event := connection.next_event()) is not None:
                events.append(event)
                if isinstance(event, wire.Closed):
                    break
    except FarmProtocolError as error:
        events.append(str(error))
    return events


def _asked(connection: wire.ServerConnection, parts: list[bytes]) -> list[object]:
    events: list[object] = []
    try:
        for part in [*parts, b""]:
            connection.receive_data(part)
            while (event := connection.next_event()) is not None and wire.Closed() not in events:
                events.append(event)
                if isinstance(event, wire.Command) and event.words[:2] == ("set", "x"):
                    connection.expect_upload(event.words[-1])
    except FarmProtocolError as error:
        events.append(str(error))
    return events


@given(_REPLIES, CUTS)
def test_a_conversation_means_the_same_however_the_network_cuts_it(
    replies: list[wire.ClientEvent], cuts: list[int]
) -> None:
    stream = b"".join(_spoken(reply) for reply in replies)

    assert _heard(wire.ClientConnection(), chunks(stream, cuts)) == [*replies, wire.Closed()]


@given(st.binary(max_size=200), CUTS)
def test_garbage_is_the_same_garbage_however_the_network_cuts_it(stream: bytes, cuts: list[int]) -> None:
    whole = _heard(wire.ClientConnection(), [stream] if stream else [])
    cut = _heard(wire.ClientConnection(), chunks(stream, cuts))

    assert [type(event) for event in cut] == [type(event) for event in whole]
    assert cut[:-1] == whole[:-1]


@given(_COMMANDS, st.binary(min_size=1, max_size=100).filter(lambda body: body[-1:] != b"\0"), st.integers(1, 7))
def test_commands_and_an_upload_arrive_at_any_cut(commands: list[list[str]], body: bytes, size: int) -> None:
    payload = wire.terminated(body)
    stream = b"".join(wire.command(*words) for words in [*commands, ["set", "x", str(len(payload))]])
    stream += payload + b"\0\0\0" + wire.command("bye")
    events = _asked(wire.ServerConnection(), [stream[start : start + size] for start in range(0, len(stream), size)])

    expected = [wire.Command(tuple(words)) for words in [*commands, ["set", "x", str(len(payload))]]]
    assert events == [*expected, wire.Upload(body), wire.Command(("bye",)), wire.Closed()]


@given(st.lists(st.sampled_from([["new", "login"], ["NEW", "Login"], ["get", "mgrinfo"]]), max_size=4), CUTS)
def test_only_a_first_login_is_a_login_at_any_cut(commands: list[list[str]], cuts: list[int]) -> None:
    # [W4]
    connection = wire.ServerConnection()
    stream = b"\0\r\n" + b"".join(wire.command(*words) for words in commands)
    events = [event for event in _asked(connection, chunks(stream, cuts)) if event != wire.Command(())]

    logs_in = bool(commands) and commands[0][0].lower() == "new"
    assert connection.mode is (wire.Mode.PROGRAM if logs_in else wire.Mode.CONSOLE)
    assert [isinstance(event, wire.Login) for event in events] == [
        logs_in and place == 0 for place in range(len(commands) + 1)
    ]


@given(st.binary(max_size=300), CUTS)
def test_noise_from_a_client_is_a_protocol_error_and_nothing_else(noise: bytes, cuts: list[int]) -> None:
    whole, cut = (_asked(wire.ServerConnection(), parts) for parts in ([noise] if noise else [], chunks(noise, cuts)))

    assert [type(event) for event in cut] == [type(event) for event in whole]
    assert isinstance(whole[-1], wire.Closed | str)


def test_program_mode_has_no_prompts_and_console_mode_says_who_is_in_control() -> None:
    # [W2] [W3] [W4] [W14]
    console, program = wire.ServerConnection(), wire.ServerConnection()
    program.receive_data(b"new login\r\n")
    program.next_event()
    parts = wire.data_parts(b"<a/>")

    assert console.greeting() == (b"250 backburner 1.0 Ready.\r\n", b"backburner>")
    assert console.reply(*parts) == (b"251 5\r\n", b"<a/>\0", b"backburner>")
    assert program.reply(wire.LOGIN_REPLY) == (b"200 3.00 Ready\r\n",)
    assert program.reply(*parts) == parts
    console.in_control = True
    assert console.reply(*wire.data_parts(b"")) == (b"251 0\r\n", b"backburner(Controller)>")


def test_an_upload_that_is_padded_with_nuls_does_no_harm() -> None:
    # One of the known clients sends a buffer of 650 bytes after it announced 598.  [W10]
    connection = wire.ServerConnection()
    stream = b"set x 5\r\n<a/>0" + b"\0" * 52 + b"get mgrinfo\r\n"

    assert _asked(connection, [stream])[1:3] == [wire.Upload(b"<a/>0"), wire.Command(("get", "mgrinfo"))]


@pytest.mark.parametrize("connection", [wire.ClientConnection, wire.ServerConnection])
def test_an_endless_line_is_refused_at_its_bound(
    connection: type[wire.ClientConnection | wire.ServerConnection],
) -> None:
    # [W11]
    peer = connection()
    peer.receive_data(b"2" * (assumptions.MAX_LINE_BYTES - 1))
    assert peer.next_event() is None
    peer.receive_data(b"2")
    with pytest.raises(FarmProtocolError, match="No line end"):
        peer.next_event()


def test_a_document_beyond_the_bound_is_refused_before_it_is_read() -> None:
    # [W11]
    connection = wire.ClientConnection()
    connection.receive_data(f"251 {assumptions.MAX_PAYLOAD_BYTES + 1}\r\n".encode())
    with pytest.raises(FarmProtocolError, match="payload length"):
        connection.next_event()


def test_stray_nuls_and_empty_lines_between_replies_are_skipped() -> None:
    # [W10]
    stream = b"\0\x00250 Ready\r\n\r\n\0backburner>\0" + b"200 OK\r\n"

    events = [wire.Status(250, "Ready"), wire.Prompt(False), wire.Status(200, "OK"), wire.Closed()]
    assert _heard(wire.ClientConnection(), [stream]) == events


def test_an_empty_list_is_an_empty_payload() -> None:
    # [W9] [A4]
    assert _heard(wire.ClientConnection(), [b"251 0\r\nbackburner>"])[:2] == [wire.Data(b""), wire.Prompt(False)]


def test_the_terminator_of_a_payload_is_counted_and_not_part_of_it() -> None:
    # [W8] [A3]
    assert _heard(wire.ClientConnection(), [b"251 5\r\n<a/>\0"])[0] == wire.Data(b"<a/>")


def test_a_payload_that_looks_like_protocol_stays_a_payload() -> None:
    body = b"200 OK\r\nbackburner>"

    assert _heard(wire.ClientConnection(), [wire.data(body)])[0] == wire.Data(body)


@pytest.mark.parametrize(
    "stream",
    [
        b"HTTP/1.1 200 OK\r\n",
        b"25 short\r\n",
        b"251 many\r\n",
        b"251 -1\r\n",
        b"251 99999999999\r\n",
        b"251\r\n",
        b"\xff\xfe2\x005\x00\r\n",
        b"2" * (assumptions.MAX_LINE_BYTES + 1),
        b"251 10\r\n<a/>",
        b"250 Rea",
        b"backbur",
    ],
)
def test_what_nobody_can_read_is_a_protocol_error(stream: bytes) -> None:
    assert isinstance(_heard(wire.ClientConnection(), [stream])[-1], str)


def test_a_broken_connection_stays_broken() -> None:
    connection = wire.ClientConnection()
    connection.receive_data(b"nonsense\r\n250 Ready\r\n")
    for _ in range(2):
        with pytest.raises(FarmProtocolError, match="nonsense"):
            connection.next_event()


@pytest.mark.parametrize("words", [(), ("",), ("get", "a b"), ("get\r\n",), ("größe",), ("a\0",)])
def test_a_request_that_would_be_another_one_is_never_sent(words: tuple[str, ...]) -> None:
    # [W6]
    with pytest.raises(FarmProtocolError):
        wire.command(*words)


def test_bytes_behind_the_last_event_can_be_taken_over() -> None:
    connection = wire.ClientConnection()
    connection.receive_data(b'200 OK\r\n{"do": "run"}\n')
    assert connection.next_event() == wire.Status(200, "OK")

    assert connection.take_rest() == b'{"do": "run"}\n'
