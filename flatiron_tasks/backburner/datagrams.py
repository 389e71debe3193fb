"""A manager's UDP notifications, read and written: one datagram, no socket.

An event has its type at byte 19 and, from byte 20 on, ASCII fields between spaces or NULs. A control message begins
with its type and names a station at byte 16. What the other bytes mean is not known. `read` never raises: a datagram is
a hint from anybody who knows the port, and one that nobody can read is no hint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

_EVENT_TYPE_AT: Final = 19
_FIELDS_AT: Final = 20
_STATION_AT: Final = 16
_LONGEST: Final = 512
_FIELD: Final = re.compile(rb"[\x21-\x7e]{1,64}")
_JOB: Final = re.compile(r"\d{1,10}")


class Event(IntEnum):
    """What happened. The comment tells the fields."""

    MANAGER_DOWN = 0x00
    JOB_RESTARTED = 0x06  # job
    GROUPS_CHANGED = 0x07
    JOB_DELETED = 0x08  # job
    NEW_JOB = 0x09  # job
    LAST_TASK_DONE = 0x0B  # job
    SERVER_FINISHED_JOB = 0x0C  # job, server
    JOB_STARTS = 0x0D  # job
    JOB_STATE = 0x0E  # job, state
    JOB_PRIORITY = 0x0F  # job, priority
    JOB_EDITED = 0x10  # job
    JOB_RESET = 0x13
    SERVER_ASSIGNED = 0x14  # job, server
    TASK_ERROR = 0x15  # job
    TASK_COMPLETE = 0x16  # job, task, milliseconds
    JOB_QUEUED = 0x17  # job
    SERVER_OFF = 0x18  # server
    SERVER_ON = 0x19  # server
    SERVER_IDLE = 0x1A  # server
    RENDERER_ENDED = 0x1B  # server
    SERVER_DELETED = 0x1C  # server


class Control(IntEnum):
    """Who holds queue control now, or would like to."""

    TAKEN = 0x10
    ASKED = 0x12
    PASSED_TO_US = 0x13
    REFUSED = 0x14


_NUMBER_OF_FIELDS: Final = {
    Event.MANAGER_DOWN: 0,
    Event.GROUPS_CHANGED: 0,
    Event.JOB_RESET: 0,
    Event.SERVER_FINISHED_JOB: 2,
    Event.JOB_STATE: 2,
    Event.JOB_PRIORITY: 2,
    Event.SERVER_ASSIGNED: 2,
    Event.TASK_COMPLETE: 3,
}
_ABOUT_A_SERVER: Final = frozenset(
    {Event.SERVER_OFF, Event.SERVER_ON, Event.SERVER_IDLE, Event.RENDERER_ENDED, Event.SERVER_DELETED}
)


PROGRESS: Final = frozenset(
    {
        Event.JOB_DELETED,
        Event.LAST_TASK_DONE,
        Event.SERVER_FINISHED_JOB,
        Event.JOB_STATE,
        Event.TASK_ERROR,
        Event.TASK_COMPLETE,
    }
)
"""Events after which a job that somebody waits for may look different."""


@dataclass(frozen=True)
class Notification:
    """One datagram: what happened, and its fields (or, of a control message, the station's name)."""

    kind: Event | Control
    fields: tuple[str, ...] = ()

    @property
    def job(self) -> str | None:
        """The decimal handle of the job it is about, if it names one."""
        names_a_job = isinstance(self.kind, Event) and self.kind not in _ABOUT_A_SERVER and self.fields
        return self.fields[0] if names_a_job and _JOB.fullmatch(self.fields[0]) else None


def read(datagram: bytes) -> Notification | None:
    """What a datagram says; None for one that says nothing we know."""
    datagram = datagram[:_LONGEST]
    if datagram[:1] and datagram[0] in frozenset(Control):
        return Notification(Control(datagram[0]), _station(datagram))
    if len(datagram) < _FIELDS_AT or datagram[_EVENT_TYPE_AT] not in frozenset(Event):
        return None
    kind = Event(datagram[_EVENT_TYPE_AT])
    return Notification(kind, _fields(datagram[_FIELDS_AT:], _NUMBER_OF_FIELDS.get(kind, 1)))


def write(notification: Notification) -> bytes:
    """The datagram that `read` turns into `notification`; bytes that nobody knows are NUL.

    A job handle must have 8 to 10 digits: clients look for the separator at these three places only.
    """
    fields = " ".join(notification.fields).encode("ascii") + b"\0"
    if isinstance(notification.kind, Control):
        return bytes([notification.kind]) + bytes(_STATION_AT - 1) + fields
    return bytes(_EVENT_TYPE_AT) + bytes([notification.kind]) + fields


def _fields(text: bytes, number: int) -> tuple[str, ...]:
    return tuple(match.decode("ascii") for match in _FIELD.findall(text)[:number])


def _station(datagram: bytes) -> tuple[str, ...]:
    name, _, _ = datagram[_STATION_AT:].partition(b"\0")
    return (name.decode("ascii", "backslashreplace"),) if name else ()
