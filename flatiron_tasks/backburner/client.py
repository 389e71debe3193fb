"""The questions and orders that a manager understands, one method each.

One connection per client, used as a context manager; one request at a time, as both known clients do. Nothing is
submitted over TCP: how cmdjob does that is not documented (see cmdjob.py).
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import TypeVar

from flatiron_tasks.backburner import assumptions, payloads
from flatiron_tasks.backburner.records import ArchiveEntry, JobEntry, JobInfo, ManagerInfo, ServerEntry
from flatiron_tasks.backburner.session import ConsoleSession, Reply
from flatiron_tasks.contracts.errors import FarmProtocolError, FarmRefusedError

_RecordT = TypeVar("_RecordT")
_DIGIT = re.compile(r"\d")


class ManagerClient:
    """One console connection to a manager.

    Every method may raise FarmUnreachableError (no answer within `read_timeout_s`, or the connection broke),
    FarmProtocolError (nobody can read the answer) or FarmRefusedError (a clear no).
    """

    def __init__(
        self,
        host: str,
        port: int = assumptions.MANAGER_PORT,
        *,
        connect_timeout_s: float = 5.0,
        read_timeout_s: float = 20.0,
    ) -> None:
        self._session = ConsoleSession(host, port, connect_timeout_s=connect_timeout_s, read_timeout_s=read_timeout_s)

    def __enter__(self) -> ManagerClient:
        self._session.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._session.close()

    def manager_info(self) -> ManagerInfo:
        """The manager itself: version, numbers of servers and jobs, machine."""
        return payloads.read_record(ManagerInfo, self._document("get", "mgrinfo"))

    def servers(self) -> tuple[ServerEntry, ...]:
        """All servers that the manager knows."""
        return self._list(ServerEntry, "get", "srvlist")

    def jobs(self) -> tuple[JobEntry, ...]:
        """All jobs in the queue, in one request."""
        return self._list(JobEntry, "get", "joblist")

    def archive(self) -> tuple[ArchiveEntry, ...]:
        """Jobs that left the queue for the archive: their description only."""
        return self._list(ArchiveEntry, "get", "jobarchive")

    def job_info(self, handle: str) -> JobInfo | None:
        """One job, or None if the manager does not know it."""
        body = self._document_or_none("get", "jobinfo", handle)
        return None if body is None else payloads.read_job_info(body)

    def job_state(self, handle: str) -> int | None:
        """The job's state number (`assumptions.WireJobState`), or None if the manager does not know it."""
        reply = self._session.request("get", "jobstate", handle)
        if reply.code in assumptions.NOTHING_FOUND_CODES:
            return None
        _refuse_errors(reply, "get jobstate")
        if not _DIGIT.match(reply.text):
            raise FarmProtocolError(f"The manager gave {reply.text!r} as the state of job {handle}")
        return int(reply.text[0])

    def job_errors(self, handle: str) -> tuple[str, ...]:
        """What servers reported about their failures on this job."""
        body = self._document_or_none("get", "jobsrverrorlst", handle)
        return () if body is None else payloads.read_error_list(body)

    def suspend(self, handle: str) -> bool:
        """Stop the job until it is activated. False if the manager does not know it."""
        return self._order("set", "jobstate", handle, assumptions.SET_STATE_SUSPEND)

    def activate(self, handle: str) -> bool:
        """Let a suspended job go on. False if the manager does not know it."""
        return self._order("set", "jobstate", handle, assumptions.SET_STATE_ACTIVATE)

    def delete_job(self, handle: str) -> bool:
        """Take the job off the farm. False if it is not there (any more)."""
        return self._order("del", "job", handle)

    def _list(self, kind: type[_RecordT], *words: str) -> tuple[_RecordT, ...]:
        return payloads.read_list(kind, self._document_or_none(*words) or b"")

    def _document(self, *words: str) -> bytes:
        body = self._document_or_none(*words)
        if body is None:
            raise FarmProtocolError(f"The manager does not know what `{' '.join(words)}` means")
        return body

    def _document_or_none(self, *words: str) -> bytes | None:
        reply = self._session.request(*words)
        if reply.code in assumptions.NOTHING_FOUND_CODES:
            return None
        _refuse_errors(reply, " ".join(words))
        if reply.body is None:
            raise FarmProtocolError(f"The manager answered `{' '.join(words)}` with {reply.code} and no document")
        return reply.body

    def _order(self, *words: str) -> bool:
        reply = self._session.request(*words)
        if reply.code in assumptions.NOTHING_FOUND_CODES:
            return False
        _refuse_errors(reply, " ".join(words))
        return True


def _refuse_errors(reply: Reply, request: str) -> None:
    if reply.code >= 300:
        raise FarmRefusedError(
            f"The farm manager refused `{request}`: {reply.code} {reply.text}",
            advice="look at the manager's log; another monitor may hold queue control",
        )
