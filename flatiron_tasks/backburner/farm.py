"""The farm port over Backburner: cmdjob submits, the manager's TCP port answers everything else.

Whether a piece is good is none of a farm's business; see the port.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flatiron_tasks.backburner import assumptions, submission
from flatiron_tasks.backburner.backoff import Backoff
from flatiron_tasks.backburner.client import ManagerClient
from flatiron_tasks.backburner.cmdjob import CmdJob
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.backburner.records import JobInfo, JobServer
from flatiron_tasks.contracts.errors import FarmRefusedError, FarmSubmissionError
from flatiron_tasks.pipeline.farm_port import (
    Farm,
    FarmJob,
    FarmJobDetail,
    FarmJobProgress,
    FarmJobState,
    FarmJobView,
    FarmServer,
    ServerOnJob,
)

_LONGEST_BACKOFF_S = 1.0
"""Who asks us decides when to try again and tells people; we only never hammer."""


class BackburnerFarm:
    """One Backburner manager. All time limits are in seconds; see the port for the errors.

    A connection lives as long as a visit, or as one call outside of visits. With `keep_connection` it lives as long as
    its process and is opened again when it died.
    """

    def __init__(
        self,
        host: str,
        port: int = assumptions.MANAGER_PORT,
        *,
        cmdjob: tuple[str, ...] = ("cmdjob",),
        mode: Mode = Mode.CONSOLE,
        connect_timeout_s: float = 5.0,
        read_timeout_s: float = 20.0,
        submit_timeout_s: float = 120.0,
        keep_connection: bool = False,
    ) -> None:
        self._cmdjob = CmdJob(cmdjob, manager=host, port=port, time_limit_s=submit_timeout_s)
        self._client = ManagerClient(
            host,
            port,
            mode=mode,
            connect_timeout_s=connect_timeout_s,
            read_timeout_s=read_timeout_s,
            backoff=Backoff(longest_s=_LONGEST_BACKOFF_S),
        )
        self._stays_open = keep_connection

    def close(self) -> None:
        """Let go of a kept connection. The next call opens another one."""
        self._client.close()

    def lost_connection(self) -> bool:
        """See `KeepsConnection`."""
        return self._client.lost_connection()

    @contextmanager
    def visit(self) -> Iterator[None]:
        """See the port."""
        with self._connected():
            yield

    def submit(self, job: FarmJob) -> str:
        """Hand the job over and return its decimal handle."""
        submission.check(job)
        try:
            return self._cmdjob.submit(job)
        except (FarmRefusedError, FarmSubmissionError):
            # cmdjob's failure texts are not documented, so the manager itself is asked whether it is away.
            with self._connected() as client:
                client.manager_info()
            raise

    def jobs(self) -> Mapping[str, FarmJobView]:
        """All jobs of the manager by name, in one request."""
        with self._connected() as client:
            entries = client.jobs()
        return {
            entry.name: FarmJobView(entry.handle, entry.name, assumptions.farm_state(entry.state)) for entry in entries
        }

    def servers(self) -> tuple[FarmServer, ...]:
        """All servers of the farm, in one request."""
        with self._connected() as client:
            entries = client.servers()
        return tuple(FarmServer(item.handle, item.name, assumptions.server_state(item.state)) for item in entries)

    def progress(self, handle: str) -> FarmJobProgress | None:
        """A closer look in one request, or None if the manager does not know the handle."""
        with self._connected() as client:
            info = client.job_info(handle)
        if info is None:
            return None
        return FarmJobProgress(info.head.number_tasks, info.head.tasks_completed, tuple(map(_on_job, info.servers)))

    def messages(self, handle: str) -> tuple[str, ...]:
        """What servers said about their failures on the job, in one request."""
        with self._connected() as client:
            return client.job_errors(handle)

    def detail(self, handle: str) -> FarmJobDetail | None:
        """Everything about one job in four requests, or None if the manager does not know the handle."""
        with self._connected() as client:
            info = client.job_info(handle)
            state = client.job_state(handle)
            if info is None or state is None:
                return None
            names = {server.handle: server.name for server in client.servers()}
            return _detail(handle, info, assumptions.farm_state(state), names, client.job_errors(handle))

    def archived(self) -> frozenset[str]:
        """Names of the jobs in the manager's archive, in one request."""
        with self._connected() as client:
            return frozenset(entry.name for entry in client.archive())

    def delete(self, handle: str) -> None:
        """Take the job off the farm and stop its running tasks; one that is gone already is a success."""
        with self._connected() as client:
            client.delete_job(handle)

    def suspend(self, handle: str) -> bool:
        """Give out no more tasks of the job until it is activated."""
        with self._connected() as client:
            return client.suspend(handle)

    def activate(self, handle: str) -> bool:
        """Let a suspended job go on."""
        with self._connected() as client:
            return client.activate(handle)

    def set_priority(self, handle: str, priority: int) -> bool:
        """Change how urgent the job is: 0, the most urgent, to 99."""
        with self._connected() as client:
            return client.set_priority(handle, priority)

    def add_server_again(self, handle: str, server: str) -> bool:
        """Let a server that failed on the job work on it again."""
        with self._connected() as client:
            return client.add_server_again(handle, server)

    def take_server_off(self, handle: str, server: str) -> bool:
        """Give a server no more tasks of the job."""
        with self._connected() as client:
            return client.take_server_off(handle, server)

    @contextmanager
    def _connected(self) -> Iterator[ManagerClient]:
        """The client; the outermost block closes its connection, unless it is kept."""
        if self._stays_open:
            yield self._client
            return
        with self._client:
            self._stays_open = True
            try:
                yield self._client
            finally:
                self._stays_open = False


def _on_job(server: JobServer) -> ServerOnJob:
    """A server's part in a job. One that failed on it does not work on it, whatever `Active` means (A21)."""
    return ServerOnJob(server.handle, server.active and not server.rt_failed, server.rt_failed)


def _detail(
    handle: str, info: JobInfo, state: FarmJobState, names: Mapping[str, str], messages: tuple[str, ...]
) -> FarmJobDetail:
    return FarmJobDetail(
        handle=handle,
        name=info.head.name,
        state=state,
        tasks_total=info.head.number_tasks,
        tasks_done=info.head.tasks_completed,
        servers=tuple(names.get(server.handle, server.handle) for server in info.servers),
        failed_servers=tuple(names.get(server.handle, server.handle) for server in info.servers if server.rt_failed),
        messages=messages,
    )


_: type[Farm] = BackburnerFarm
