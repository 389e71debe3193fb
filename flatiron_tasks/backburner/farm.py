"""The farm port over Backburner: cmdjob submits, the manager's TCP port answers everything else.

A connection lives for one call. Whether a piece is good is none of a farm's business; see the port.
"""

from __future__ import annotations

from collections.abc import Mapping

from flatiron_tasks.backburner import assumptions, submission
from flatiron_tasks.backburner.client import ManagerClient
from flatiron_tasks.backburner.cmdjob import CmdJob
from flatiron_tasks.backburner.records import JobInfo
from flatiron_tasks.contracts.errors import FarmRefusedError
from flatiron_tasks.pipeline.farm_port import Farm, FarmJob, FarmJobDetail, FarmJobState, FarmJobView


class BackburnerFarm:
    """One Backburner manager. All time limits are in seconds; see the port for the errors."""

    def __init__(
        self,
        host: str,
        port: int = assumptions.MANAGER_PORT,
        *,
        cmdjob: tuple[str, ...] = ("cmdjob",),
        connect_timeout_s: float = 5.0,
        read_timeout_s: float = 20.0,
        submit_timeout_s: float = 120.0,
    ) -> None:
        self._host = host
        self._port = port
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._cmdjob = CmdJob(cmdjob, manager=host, port=port, time_limit_s=submit_timeout_s)

    def submit(self, job: FarmJob) -> str:
        """Hand the job over and return its decimal handle."""
        submission.check(job)
        try:
            return self._cmdjob.submit(job)
        except FarmRefusedError:
            # cmdjob's failure texts are not documented, so the manager itself is asked whether it is away.
            self._expect_an_answer()
            raise

    def jobs(self) -> Mapping[str, FarmJobView]:
        """All jobs of the manager by name, in one request."""
        with self._client() as client:
            entries = client.jobs()
        return {
            entry.name: FarmJobView(entry.handle, entry.name, assumptions.farm_state(entry.state)) for entry in entries
        }

    def detail(self, handle: str) -> FarmJobDetail | None:
        """A closer look, or None if the manager does not know the handle."""
        with self._client() as client:
            info = client.job_info(handle)
            state = client.job_state(handle)
            if info is None or state is None:
                return None
            names = {server.handle: server.name for server in client.servers()}
            return _detail(handle, info, assumptions.farm_state(state), names, client.job_errors(handle))

    def delete(self, handle: str) -> None:
        """Take the job off the farm and stop its running tasks; one that is gone already is a success."""
        with self._client() as client:
            client.delete_job(handle)

    def _client(self) -> ManagerClient:
        return ManagerClient(
            self._host,
            self._port,
            connect_timeout_s=self._connect_timeout_s,
            read_timeout_s=self._read_timeout_s,
        )

    def _expect_an_answer(self) -> None:
        with self._client() as client:
            client.manager_info()


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
