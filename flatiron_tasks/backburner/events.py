"""What wire.py hears: one immutable value per message of either side."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Mode(Enum):
    """What kind of conversation a connection carries."""

    CONSOLE = "console"
    PROGRAM = "program"


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
class Login:
    """The client's first line was `new login`: from here on this is program mode. Answer LOGIN_REPLY."""


@dataclass(frozen=True)
class Upload:
    """The bytes that the client sent after `250 Ready`, without their terminator."""

    body: bytes


@dataclass(frozen=True)
class Closed:
    """The peer closed the connection between two messages."""


ClientEvent = Status | Data | Prompt | Closed
ServerEvent = Command | Login | Upload | Closed
