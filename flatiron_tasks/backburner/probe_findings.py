"""What a probe's conversation confirms or refutes of the assumptions in docs/backburner-protocol.md, section 8."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, Final

from flatiron_tasks.backburner import assumptions, payloads, wire
from flatiron_tasks.backburner.dialogue import Reply
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.backburner.probe import CONNECTING, NO_SUCH_COMMAND, NO_SUCH_JOB, Exchange
from flatiron_tasks.backburner.records import ArchiveEntry, ClientInfo, JobEntry, ManagerInfo, PluginEntry, ServerEntry
from flatiron_tasks.contracts.errors import FarmProtocolError

_LISTS: Final = frozenset(
    {"srvlist", "joblist", "jobhlist", "jobarchive", "clientlist", "pluglist", "srvgroups", "jobsrverrorlst"}
)
_JOB_HANDLE: Final = re.compile(r"\d{1,10}")
_SERVER_HANDLE: Final = re.compile(r"[0-9A-F]{12}0000")


class Verdict(Enum):
    """How an assumption fares."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_SEEN = "not seen"


@dataclass(frozen=True)
class Finding:
    """One assumption by its number, and what the conversation says about it."""

    number: str
    assumption: str
    verdict: Verdict
    evidence: str = ""


_Check = Callable[["_Seen"], list[str] | None]


class _Seen:
    """The exchanges by mode and request."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self.all = exchanges

    def one(self, request: str, mode: Mode = Mode.CONSOLE) -> Exchange | None:
        """The first exchange of a request that brought anything."""
        return next((one for one in self.all if (one.mode, one.request) == (mode, request) and one.chunks), None)

    def beginning(self, request: str) -> list[Exchange]:
        """Exchanges of requests with arguments, in console mode."""
        return [one for one in self.all if one.mode is Mode.CONSOLE and one.request.startswith(request + " ")]


def findings(exchanges: Sequence[Exchange]) -> list[Finding]:
    """One finding per assumption that a probe can check, by number."""
    seen = _Seen(exchanges)
    return [_finding(number, assumption, check(seen)) for number, assumption, check in _CHECKS]


def _finding(number: str, assumption: str, objections: list[str] | None) -> Finding:
    if objections is None:
        return Finding(number, assumption, Verdict.NOT_SEEN)
    verdict = Verdict.REFUTED if objections else Verdict.CONFIRMED
    return Finding(number, assumption, verdict, "; ".join(objections))


def _greeting(seen: _Seen) -> list[str] | None:
    exchange = seen.one(CONNECTING)
    expected = wire.GREETING + assumptions.PROMPT
    return None if exchange is None else _differs(exchange.received, expected)


def _login(seen: _Seen) -> list[str] | None:
    exchange = seen.one(CONNECTING, Mode.PROGRAM)
    return None if exchange is None else _differs(exchange.received, wire.LOGIN_REPLY)


def _terminator(seen: _Seen) -> list[str] | None:
    documents = [exchange for exchange in seen.all if exchange.body]
    # The codec took one NUL off, if there was one; what remains must end with the document itself.
    wrong = [one for one in documents if b"\n\0" not in one.received or not one.body.endswith(b">\n")]
    return [f"`{one.request}` ends in {one.received[-24:]!r}" for one in wrong] if documents else None


def _empty_lists(seen: _Seen) -> list[str] | None:
    empty = [
        (one.request, one.reply)
        for one in seen.all
        if set(one.request.split()) & _LISTS and one.reply is not None and not one.reply.body
    ]
    known = [(request, reply) for request, reply in empty if not _is_unknown(reply)]
    wrong = [
        f"`{request}`: {reply.code} {reply.text}"
        for request, reply in known
        if reply.code not in (wire.DATA_CODE, assumptions.NOT_FOUND_CODE)
    ]
    return wrong if known else None


def _is_unknown(reply: Reply) -> bool:
    return assumptions.means_unknown_command(reply.code, reply.text)


def _order(seen: _Seen) -> list[str] | None:
    readable = [
        (one, read)
        for one in seen.all
        if one.body and (read := _READERS.get(one.request) or _READERS.get(one.request.rpartition(" ")[0]))
    ]
    return [text for one, read in readable if (text := _unread(one, read))] if readable else None


_READERS: Final[dict[str, Callable[[bytes], Any]]] = {
    "get mgrinfo": partial(payloads.read_record, ManagerInfo),
    "get srvlist": partial(payloads.read_list, ServerEntry),
    "get joblist": partial(payloads.read_list, JobEntry),
    "get jobarchive": partial(payloads.read_list, ArchiveEntry),
    "get clientlist": partial(payloads.read_list, ClientInfo),
    "get pluglist": partial(payloads.read_list, PluginEntry),
    "get server": payloads.read_server,
    "get jobinfo": payloads.read_job_info,
}


def _unread(exchange: Exchange, read: Callable[[bytes], Any]) -> str:
    try:
        read(exchange.body)
    except FarmProtocolError as error:
        return f"`{exchange.request}`: {error.what}"
    return ""


def _state_numbers(seen: _Seen) -> list[str] | None:
    replies = [one.reply for one in seen.beginning("get jobstate") if one.reply and not one.reply.is_refusal]
    known = {str(int(state)) for state in assumptions.WireJobState}
    return [f"{one.code} {one.text}" for one in replies if one.text[:1] not in known] if replies else None


def _no_such_job(seen: _Seen) -> list[str] | None:
    replies = [
        one.reply
        for one in (seen.one(f"get jobinfo {NO_SUCH_JOB}"), seen.one(f"get jobstate {NO_SUCH_JOB}"))
        if one is not None and one.reply is not None
    ]
    wrong = [one for one in replies if not assumptions.means_nothing_found(one.code, one.text)]
    return [f"{one.code} {one.text}" for one in wrong] if replies else None


def _no_such_command(seen: _Seen) -> list[str] | None:
    exchange = seen.one(NO_SUCH_COMMAND)
    if exchange is None or exchange.reply is None:
        return None
    reply = exchange.reply
    return [] if _is_unknown(reply) else [f"{reply.code} {reply.text}"]


def _handles(seen: _Seen) -> list[str] | None:
    wrong, number = [], 0
    for request, pattern in (("get joblist", _JOB_HANDLE), ("get srvlist", _SERVER_HANDLE)):
        handles = [entry.handle for entry in _read_all(seen, request)]
        number += len(handles)
        wrong += [
            f"`{request}`: a handle of {len(handle)} signs" for handle in handles if not pattern.fullmatch(handle)
        ]
    return wrong if number else None


def _questions_without_registration(seen: _Seen) -> list[str] | None:
    exchange = seen.one("get mgrinfo", Mode.PROGRAM)
    if exchange is None:
        return None
    return [] if exchange.body else [f"{exchange.reply or exchange.error}"]


def _active_servers(seen: _Seen) -> list[str] | None:
    """A server that works on a job is busy; one glance may fall between two tasks, so look again before believing."""
    states = {server.handle: server.state for server in _read_all(seen, "get srvlist")}
    wrong, number = [], 0
    for one in seen.beginning("get jobinfo"):
        if not one.body or _unread(one, payloads.read_job_info):
            continue
        active = [server.handle for server in payloads.read_job_info(one.body).servers if server.active]
        number += len(active)
        idle = [handle for handle in active if states.get(handle) != assumptions.WireServerState.BUSY]
        wrong += [f"`{one.request}`: {len(idle)} of {len(active)} active servers are not busy"] if idle else []
    return wrong if number else None


def _read_all(seen: _Seen, request: str) -> tuple[Any, ...]:
    exchange = seen.one(request)
    readable = exchange is not None and exchange.body and not _unread(exchange, _READERS[request])
    return _READERS[request](exchange.body) if exchange is not None and readable else ()


def _encoding(seen: _Seen) -> list[str] | None:
    bodies = [(one.request, one.body) for one in seen.all if one.body]
    wrong = [f"`{request}` is not UTF-8" for request, body in bodies if not _is_utf8(body)]
    only_ascii = all(body.isascii() for _, body in bodies)
    return None if only_ascii else wrong


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _differs(received: bytes, expected: bytes) -> list[str]:
    return [] if received == expected else [f"{received[:80]!r}"]


_CHECKS: Final[tuple[tuple[str, str, _Check], ...]] = (
    ("A1", "a silent client hears the greeting and an unterminated prompt", _greeting),
    ("A2", "`new login` is answered `200 3.00 Ready`, with no greeting before and no prompt behind", _login),
    ("A3", "a document ends in a line end and a NUL, which its length counts", _terminator),
    ("A4", "an empty list is `251 0`, or 404", _empty_lists),
    ("A5", "the elements come in the known order", _order),
    ("A6", "a job's state is a digit from 0 to 4", _state_numbers),
    ("A7", "404 or `450 J…` is the answer for a job that is not there", _no_such_job),
    ("A8", "`400 Unknown…` is the answer to a command that is not there", _no_such_command),
    ("A9", "a job's handle is decimal, a server's 16 hexadecimal digits ending in four zeros", _handles),
    ("A10", "program mode answers questions before `set clientinfo`", _questions_without_registration),
    ("A21", "a server that is active on a job works on it now", _active_servers),
    ("A22", "documents are UTF-8", _encoding),
)
