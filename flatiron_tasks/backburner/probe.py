"""A look at a real manager: asks only questions, changes nothing, and keeps every byte with its time.

Two conversations, one in each mode. What the bytes confirm or refute is decided in probe_findings.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from flatiron_tasks.backburner import payloads
from flatiron_tasks.backburner.dialogue import Reply
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.backburner.records import JobEntry, ServerEntry
from flatiron_tasks.backburner.session import Address, Session
from flatiron_tasks.contracts.errors import FarmError, FarmProtocolError

CONNECTING: Final = "(connecting)"
NO_SUCH_JOB: Final = "4294967295"
NO_SUCH_COMMAND: Final = "get flatironprobe"
_LISTS: Final = (
    "get mgrinfo",
    "get srvlist",
    "get joblist",
    "get jobhlist",
    "get jobarchive",
    "get clientlist",
    "get pluglist",
    "get srvgroups",
    "get controller",
    f"get jobinfo {NO_SUCH_JOB}",
    f"get jobstate {NO_SUCH_JOB}",
    NO_SUCH_COMMAND,
)
_OF_A_JOB: Final = ("get jobinfo", "get job", "get jobstate", "get jobsrverrorlst")
_JOBS_LOOKED_AT: Final = 6
_RecordT = TypeVar("_RecordT")


@dataclass(frozen=True)
class Chunk:
    """What travelled at once. `at_s`: seconds since the probe began; `sent`: by us."""

    at_s: float
    sent: bool
    data: bytes


@dataclass
class Exchange:
    """One request with everything that travelled for it; `reply` is None if `error` came instead."""

    mode: Mode
    request: str
    chunks: list[Chunk] = field(default_factory=list)
    reply: Reply | None = None
    error: FarmError | None = None

    @property
    def received(self) -> bytes:
        """All that the manager sent."""
        return b"".join(chunk.data for chunk in self.chunks if not chunk.sent)

    @property
    def body(self) -> bytes:
        """The document of the reply, or nothing."""
        return (self.reply.body if self.reply else None) or b""


def probe(address: Address, *, clock: Callable[[], float] = time.monotonic) -> list[Exchange]:
    """Talk to the manager in both modes. Never raises a FarmError: an exchange that failed holds it."""
    start = clock()
    exchanges: list[Exchange] = []
    for mode, questions in ((Mode.CONSOLE, _console_questions), (Mode.PROGRAM, _program_questions)):
        conversation = _Conversation(replace(address, mode=mode), lambda: clock() - start, exchanges)
        conversation.hold(questions(exchanges))
    return exchanges


class _Conversation:
    """Asks questions over one session, and over a new one after a question that broke it."""

    def __init__(self, address: Address, elapsed: Callable[[], float], exchanges: list[Exchange]) -> None:
        self._address = address
        self._elapsed = elapsed
        self._exchanges = exchanges
        self._session: Session | None = None

    def hold(self, questions: Iterator[str]) -> None:
        try:
            for question in questions:
                if (self._session is None or not self._session.is_usable()) and not self._connect():
                    return
                self._ask(question)
        finally:
            if self._session is not None:
                self._session.close()

    def _connect(self) -> bool:
        exchange = self._begin(CONNECTING)
        try:
            self._session = Session(self._address, overhear=self._overhear)
        except FarmError as error:
            exchange.error = error
            return False
        exchange.reply = Reply(0, "")
        return True

    def _ask(self, question: str) -> None:
        exchange = self._begin(question)
        try:
            if self._session is not None:
                exchange.reply = self._session.request(*question.split())
        except FarmError as error:
            exchange.error = error

    def _begin(self, request: str) -> Exchange:
        self._exchanges.append(Exchange(self._address.mode, request))
        return self._exchanges[-1]

    def _overhear(self, direction: str, data: bytes) -> None:
        self._exchanges[-1].chunks.append(Chunk(self._elapsed(), direction == "sent", data))


def _console_questions(exchanges: list[Exchange]) -> Iterator[str]:
    yield from _LISTS
    for server in _listed(exchanges, "get srvlist", ServerEntry)[:1]:
        yield f"get server {server.handle}"
        yield f"get pluglist {server.handle}"
    for job in _one_of_each_state(_listed(exchanges, "get joblist", JobEntry)):
        yield from (f"{question} {job.handle}" for question in _OF_A_JOB)


def _program_questions(exchanges: list[Exchange]) -> Iterator[str]:
    yield from ("get mgrinfo", "get srvlist", NO_SUCH_COMMAND)


def _listed(exchanges: list[Exchange], request: str, kind: type[_RecordT]) -> tuple[_RecordT, ...]:
    body = next((exchange.body for exchange in exchanges if exchange.request == request), b"")
    try:
        return payloads.read_list(kind, body)
    except FarmProtocolError:
        return ()


def _one_of_each_state(jobs: tuple[JobEntry, ...]) -> list[JobEntry]:
    return list({job.state: job for job in reversed(jobs)}.values())[:_JOBS_LOOKED_AT]
