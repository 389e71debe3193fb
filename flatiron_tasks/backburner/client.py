"""The questions and orders that a manager understands, one method each.

One connection per client and so per manager, whatever the number of jobs; one request at a time, as both known clients
do. Queue control is taken only for a change that was refused without it. Nothing is submitted over TCP: how cmdjob does
that is not documented (see cmdjob.py). `restart job` is left out on purpose: it throws finished tasks away.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from flatiron_tasks.backburner import assumptions, payloads
from flatiron_tasks.backburner.backoff import Backoff
from flatiron_tasks.backburner.dialogue import Reply
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.backburner.kept_session import KeptSession
from flatiron_tasks.backburner.queue_control import change_in_control
from flatiron_tasks.backburner.records import (
    ArchiveEntry,
    ClientInfo,
    JobEntry,
    JobInfo,
    ManagerInfo,
    PluginEntry,
    ServerEntry,
    ServerInfo,
)
from flatiron_tasks.backburner.registration import open_session
from flatiron_tasks.backburner.session import Address
from flatiron_tasks.contracts.errors import FarmProtocolError, FarmRefusedError, FarmUnreachableError

_RecordT = TypeVar("_RecordT")
_DIGIT = re.compile(r"\d")
_log = logging.getLogger(__name__)


class ManagerClient:
    """A manager to ask. Connects at the first question, keeps the connection, and opens it again when it died.

    As a context manager it connects at once and closes at the end. Without one it may live as long as its process:
    after a failure it does not try again before its back-off is over, and says so.

    Every method may raise FarmUnreachableError (no answer within `read_timeout_s`, the connection broke, or it is too
    early to try again), FarmProtocolError (nobody can read the answer) or FarmRefusedError (a clear no). After a lost
    answer to a change nobody knows whether it was made; every change here may be made twice.
    """

    def __init__(
        self,
        host: str,
        port: int = assumptions.MANAGER_PORT,
        *,
        mode: Mode = Mode.CONSOLE,
        connect_timeout_s: float = 5.0,
        read_timeout_s: float = 20.0,
        backoff: Backoff | None = None,
    ) -> None:
        self._address = Address(host, port, mode, connect_timeout_s, read_timeout_s)
        self._session = KeptSession(self._address, backoff=backoff, open_session=open_session)

    def __enter__(self) -> ManagerClient:
        self._session.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection. The client stays usable: the next question opens another one."""
        self._session.close()

    def lost_connection(self) -> bool:
        """Whether a kept connection was lost since this was asked last: the manager may have been restarted."""
        return self._session.take_loss()

    def manager_info(self) -> ManagerInfo:
        """The manager itself: version, numbers of servers and jobs, machine."""
        return payloads.read_record(ManagerInfo, self._document("get", "mgrinfo"))

    def clients(self) -> tuple[ClientInfo, ...]:
        """Who is connected as a monitor; `controller` is 1 for the one that holds queue control."""
        return self._list(ClientInfo, "get", "clientlist")

    def plugins(self) -> tuple[PluginEntry, ...]:
        """Which adapters the farm has, for example `Command Line Tool`."""
        return self._list(PluginEntry, "get", "pluglist")

    def server(self, handle: str) -> ServerInfo | None:
        """One server, or None if the manager does not know it. `handle`: 16 hexadecimal digits."""
        body = self._document_or_none("get", "server", handle)
        return None if body is None else payloads.read_server(body)

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
        if assumptions.means_nothing_found(reply.code, reply.text):
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

    def set_priority(self, handle: str, priority: int) -> bool:
        """From 0, the most urgent, to 99. False if the manager does not know the job."""
        if not 0 <= priority < assumptions.PRIORITY_SUSPENDED:
            raise FarmRefusedError(
                f"Priority {priority} is not in 0 (urgent) to 99",
                why="100 means suspended to Backburner",
                advice="suspend the job if that is meant",
            )
        return self._order("set", "jobpriority", handle, str(priority))

    def add_server_again(self, handle: str, server: str) -> bool:
        """Let a server that failed on the job work on it again: take it off, then put it on.

        Finished tasks stay finished. False if the manager does not know the job or the server. If the connection breaks
        in between, the server is put on over a new one: a call that fails must not leave it off. Should that fail as
        well, the error says so, and the same call again puts it on.
        """
        put_on = ("new", "jobserver", handle, server)
        self._session.make_ready()  # from here on the server may be off
        try:
            self._take_off("del", "jobserver", handle, server)
            return self._order(*put_on)
        except (FarmUnreachableError, FarmProtocolError) as error:
            _log.warning("Server %s may be off job %s, putting it on again: %s", server, handle, error)
            with open_session(self._address) as session:
                return self._order(*put_on, request=session.request)

    def take_server_off(self, handle: str, server: str) -> bool:
        """Give a server no more tasks of the job. False if the manager does not know the job or the server on it."""
        return self._order("del", "jobserver", handle, server)

    def _take_off(self, *words: str) -> None:
        """One that was off already is as good, and how a manager says that is not known: `new` decides."""
        try:
            self._order(*words)
        except FarmRefusedError as refusal:
            _log.info("%s", refusal)

    def _list(self, kind: type[_RecordT], *words: str) -> tuple[_RecordT, ...]:
        return payloads.read_list(kind, self._document_or_none(*words) or b"")

    def _document(self, *words: str) -> bytes:
        body = self._document_or_none(*words)
        if body is None:
            raise FarmProtocolError(f"The manager does not know what `{' '.join(words)}` means")
        return body

    def _document_or_none(self, *words: str) -> bytes | None:
        reply = self._session.request(*words)
        if assumptions.means_nothing_found(reply.code, reply.text):
            return None
        _refuse_errors(reply, " ".join(words))
        if reply.body is None:
            raise FarmProtocolError(f"The manager answered `{' '.join(words)}` with {reply.code} and no document")
        return reply.body

    def _order(self, *words: str, request: Callable[..., Reply] | None = None) -> bool:
        reply = (request or self._session.request)(*words)
        if _may_want_control(reply):
            reply = change_in_control(lambda: open_session(self._address), *words, refusal=reply)
        if assumptions.means_nothing_found(reply.code, reply.text):
            return False
        _refuse_errors(reply, " ".join(words))
        return True


def _may_want_control(reply: Reply) -> bool:
    """Whether a change was refused for a reason that may be the lack of control: how that is said is not known."""
    return (
        reply.is_refusal
        and not assumptions.means_nothing_found(reply.code, reply.text)
        and not assumptions.means_unknown_command(reply.code, reply.text)
    )


def _refuse_errors(reply: Reply, request: str) -> None:
    if reply.is_refusal:
        raise FarmRefusedError(
            f"The farm manager refused `{request}`: {reply.code} {reply.text}",
            advice="look at the manager's log; another monitor may hold queue control",
        )
