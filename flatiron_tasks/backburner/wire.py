"""Backburner's TCP protocol as bytes in, events out, for both sides: no socket, no clock, no XML.

Feed whatever arrived with `receive_data`, then call `next_event` until it says None. The events do not depend on how
the network cut the bytes. After a FarmProtocolError drop the connection: every further call raises it again. A peer can
make us hold one line of MAX_LINE_BYTES or one document of MAX_PAYLOAD_BYTES, plus the last read; never more.

There are two modes on one port. In console mode the manager greets with `250 …` and prompts with `backburner>`, which
has no line end. In program mode the client's first line is `new login` and there are no prompts. In both, a request is
one line; its reply is a status line `CODE text`, or `251 LEN` and LEN bytes. Stray NULs and empty lines between the
replies are skipped. Who may speak when is the business of dialogue.py; docs/backburner-protocol.md, section 1, is the
norm.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Final, Generic, TypeVar

from flatiron_tasks.backburner import assumptions
from flatiron_tasks.backburner.events import (
    ClientEvent,
    Closed,
    Command,
    Data,
    Login,
    Mode,
    Prompt,
    ServerEvent,
    Status,
    Upload,
)
from flatiron_tasks.contracts.errors import FarmProtocolError

__all__ = [
    "ClientConnection",
    "ClientEvent",
    "Closed",
    "Command",
    "Data",
    "Login",
    "Mode",
    "Prompt",
    "ServerConnection",
    "ServerEvent",
    "Status",
    "Upload",
    "command",
    "data",
    "data_parts",
    "status",
    "terminated",
]

DATA_CODE: Final = 251
_STATUS: Final = re.compile(rb"(\d{3})(?: (.*))?")
_LENGTH: Final = re.compile(r"\d{1,10}")
_NULS: Final = re.compile(rb"\0+")
_NULS_AND_LINE_ENDS: Final = re.compile(rb"[\0\r\n]+")
_WORD: Final = re.compile(r"[\x21-\x7e]+")


_EventT = TypeVar("_EventT", ClientEvent, ServerEvent)


class _Connection(ABC, Generic[_EventT]):
    """What both sides share: a bounded buffer, whole lines, counted bytes, an orderly end."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._ended = False
        self._broken: FarmProtocolError | None = None
        self._expected: int | None = None

    def receive_data(self, data: bytes) -> None:
        """Take bytes from the network; `b""` means that the peer closed the connection."""
        self._ended = self._ended or not data
        self._buffer += data

    def next_event(self) -> _EventT | Closed | None:
        """The next event, or None if more bytes are needed. Raises FarmProtocolError on what nobody can read."""
        if self._broken is not None:
            raise self._broken
        try:
            event = self._read()
            return self._end() if event is None and self._ended else event
        except FarmProtocolError as error:
            self._broken = error
            raise

    def take_rest(self) -> bytes:
        """Give away the bytes behind the last event, for peers that go on with another protocol."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    @abstractmethod
    def _read(self) -> _EventT | None: ...

    def _end(self) -> Closed:
        if self._buffer or self._expected is not None:
            raise _unreadable("The connection ended in the middle of a message", bytes(self._buffer))
        return Closed()

    def _skip(self, unwanted: re.Pattern[bytes]) -> None:
        if match := unwanted.match(self._buffer):
            del self._buffer[: match.end()]

    def _line(self) -> bytes | None:
        limit = assumptions.MAX_LINE_BYTES
        end = self._buffer.find(b"\n", 0, limit)
        if end < 0:
            if len(self._buffer) >= limit:
                raise _unreadable(f"No line end within {limit} bytes", bytes(self._buffer))
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.removesuffix(b"\r")

    def _counted(self) -> bytes | None:
        if self._expected is None or len(self._buffer) < self._expected:
            return None
        body = bytes(self._buffer[: self._expected])
        del self._buffer[: self._expected]
        self._expected = None
        return body.removesuffix(assumptions.PAYLOAD_TERMINATOR)


class ClientConnection(_Connection[ClientEvent]):
    """The side that asks."""

    def _read(self) -> ClientEvent | None:
        if self._expected is None:
            self._skip(_NULS_AND_LINE_ENDS)
            event = self._prompt_or_status()
            if event is not None or self._expected is None:
                return event
        body = self._counted()
        return None if body is None else Data(body)

    def _prompt_or_status(self) -> Prompt | Status | None:
        for mark, in_control in ((assumptions.PROMPT, False), (assumptions.PROMPT_IN_CONTROL, True)):
            if self._buffer.startswith(mark):
                del self._buffer[: len(mark)]
                return Prompt(in_control)
            if mark.startswith(self._buffer):
                return None
        line = self._line()
        return None if line is None else self._status(line)

    def _status(self, line: bytes) -> Status | None:
        match = _STATUS.fullmatch(line)
        if match is None:
            raise _unreadable("The manager sent a line without a status code", line)
        status = Status(int(match[1]), (match[2] or b"").decode("ascii", "backslashreplace"))
        if status.code != DATA_CODE:
            return status
        self._expected = _length(status.text)
        return None


class ServerConnection(_Connection[ServerEvent]):
    """The side that answers.

    Wait `assumptions.LOGIN_PATIENCE_S` for a first event. Login: send `reply(LOGIN_REPLY)`. Nothing, or anything else:
    send `greeting()`. A client that is late with its `new login` still gets program mode. From then on send
    `reply(*parts)` for each Command, where `parts` are those of `status` or `data_parts`; every element of the tuple
    that comes back is to leave as a write of its own, because clients exist that read a status line, a payload and a
    prompt with one call each. Set `in_control` while this client holds queue control: the prompt says so.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mode = Mode.CONSOLE
        self.in_control = False
        self._first_line = True

    @property
    def prompt(self) -> bytes:
        """What console mode shows behind every reply; nothing in program mode."""
        if self.mode is Mode.PROGRAM:
            return b""
        return assumptions.PROMPT_IN_CONTROL if self.in_control else assumptions.PROMPT

    def greeting(self) -> tuple[bytes, ...]:
        """What a client hears that connected and said nothing: the greeting and the first prompt."""
        return self.reply(GREETING)

    def reply(self, *parts: bytes) -> tuple[bytes, ...]:
        """`parts` as they go out in this mode: with the prompt behind them, without empty ones."""
        return tuple(part for part in (*parts, self.prompt) if part)

    def expect_upload(self, length: str) -> None:
        """The next `length` bytes are an upload. Call it before `next_event`, with the number from the command.

        Send UPLOAD_READY, without a prompt, before the client speaks.
        """
        self._expected = _length(length)

    def _read(self) -> ServerEvent | None:
        if self._expected is not None:
            body = self._counted()
            return None if body is None else Upload(body)
        self._skip(_NULS)
        line = self._line()
        return None if line is None else self._line_event(_words(line))

    def _line_event(self, words: tuple[str, ...]) -> Command | Login:
        is_login = self._first_line and tuple(word.lower() for word in words) == assumptions.LOGIN
        self._first_line = self._first_line and not words
        if not is_login:
            return Command(words)
        self.mode = Mode.PROGRAM
        return Login()


def command(*words: str) -> bytes:
    """One request. Words are printable ASCII without spaces, or the line would mean something else."""
    if not words or not all(_WORD.fullmatch(word) for word in words):
        raise FarmProtocolError(
            f"A request must be one line of plain words, not {words}",
            advice="a job handle is a decimal number; this is a mistake of the caller",
        )
    return " ".join(words).encode("ascii") + b"\r\n"


def status(code: int, text: str) -> bytes:
    """One status line; what is not printable ASCII becomes `?`."""
    plain = "".join(sign if " " <= sign <= "~" else "?" for sign in text)
    return f"{code:03d} {plain}\r\n".encode("ascii")


def data(body: bytes) -> bytes:
    """A reply with a payload in one piece; `251 0` for an empty one."""
    return b"".join(data_parts(body))


def data_parts(body: bytes) -> tuple[bytes, ...]:
    """A reply with a payload as a manager writes it: the status line, then LEN bytes, the last of them a NUL."""
    payload = terminated(body)
    line = status(DATA_CODE, str(len(payload)))
    return (line, payload) if payload else (line,)


def terminated(body: bytes) -> bytes:
    """`body` as it travels in either direction: with its terminator, or nothing at all if it is empty."""
    return body + assumptions.PAYLOAD_TERMINATOR if body else b""


def _words(line: bytes) -> tuple[str, ...]:
    try:
        return tuple(line.decode("ascii").split())
    except UnicodeDecodeError as error:
        raise _unreadable("The client sent a request that is not ASCII", line) from error


def _length(text: str) -> int:
    if not _LENGTH.fullmatch(text) or int(text) > assumptions.MAX_PAYLOAD_BYTES:
        raise _unreadable(f"A payload length must be a number up to {assumptions.MAX_PAYLOAD_BYTES}", text.encode())
    return int(text)


def _unreadable(what: str, seen: bytes) -> FarmProtocolError:
    return FarmProtocolError(
        f"{what}: {seen[:60]!r}",
        why="the other side does not speak Backburner's console protocol, or the stream was damaged",
        advice="check that host and port are those of a Backburner manager",
    )


GREETING: Final = status(assumptions.GREETING_CODE, assumptions.GREETING_TEXT)
LOGIN_REPLY: Final = status(assumptions.LOGIN_CODE, assumptions.LOGIN_TEXT)
UPLOAD_READY: Final = status(assumptions.UPLOAD_READY_CODE, "Ready")
