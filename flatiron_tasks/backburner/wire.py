"""Backburner's console protocol as bytes in, events out: no socket, no clock, no XML.

Feed whatever arrived with `receive_data`, then call `next_event` until it says None. The events do not depend on how
the network cut the bytes. After a FarmProtocolError drop the connection: every further call raises it again.

The manager greets with `250 …` and prompts with `backburner>`, which has no line end. A request is one line; its reply
is a status line `CODE text`, or `251 LEN` and LEN bytes. Stray NULs and empty lines between the replies are skipped.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from flatiron_tasks.backburner import assumptions
from flatiron_tasks.contracts.errors import FarmProtocolError

DATA_CODE: Final = 251
_STATUS: Final = re.compile(rb"(\d{3})(?: (.*))?")
_LENGTH: Final = re.compile(r"\d{1,10}")
_WORD: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Status:
    """A status line. Bytes that are not ASCII are shown as escapes."""

    code: int
    text: str


@dataclass(frozen=True)
class Data:
    """A reply with a payload, without its terminator. Empty for an empty list."""

    body: bytes


@dataclass(frozen=True)
class Prompt:
    """The manager waits for the next request; `in_control` when this client holds queue control."""

    in_control: bool


@dataclass(frozen=True)
class Command:
    """A request, split at its spaces. Empty for an empty line, as a person at a terminal sends it."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Upload:
    """The bytes that the client sent after `250 Ready`, without their terminator."""

    body: bytes


@dataclass(frozen=True)
class Closed:
    """The peer closed the connection between two messages."""


ClientEvent = Status | Data | Prompt | Closed
ServerEvent = Command | Upload | Closed
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

    def _skip(self, unwanted: bytes) -> None:
        del self._buffer[: len(self._buffer) - len(self._buffer.lstrip(unwanted))]

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
            self._skip(b"\0\r\n")
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
    """The side that answers."""

    def expect_upload(self, length: str) -> None:
        """The next `length` bytes are an upload. Call it before `next_event`, with the number from the command."""
        self._expected = _length(length)

    def _read(self) -> ServerEvent | None:
        if self._expected is not None:
            body = self._counted()
            return None if body is None else Upload(body)
        self._skip(b"\0")
        line = self._line()
        return None if line is None else Command(_words(line))


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
    """A reply with a payload; `251 0` for an empty one."""
    payload = terminated(body)
    return status(DATA_CODE, str(len(payload))) + payload


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
