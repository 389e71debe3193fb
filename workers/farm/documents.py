"""What the local manager's documents say, taken from queue, servers and clients. Reads; changes nothing.

The order of the elements is that of records.py and payloads.py; everything that is not known stays at its default.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from flatiron_tasks.backburner import payloads
from flatiron_tasks.backburner.records import (
    CurrentTask,
    JobEntry,
    JobFlags,
    JobHandleEntry,
    JobHead,
    JobInfo,
    JobPlugin,
    JobServer,
    ManagerInfo,
    NetworkStatus,
    PluginEntry,
    ServerDetails,
    ServerEntry,
    ServerIdentity,
    ServerPlugin,
)
from workers.farm import machine
from workers.farm.archive import date_text
from workers.farm.clients import Client, ClientTable
from workers.farm.control import QueueControl
from workers.farm.eligibility import is_assigned
from workers.farm.handles import server_handle
from workers.farm.job_queue import JobQueue
from workers.farm.jobs import Job, OnCompletion
from workers.farm.node import Node
from workers.farm.nodes import NodeTable
from workers.farm.plugin import PLUGIN_DESCRIPTION, PLUGIN_NAME, VERSION


@dataclass(frozen=True)
class ServerGroup:
    """One item of `get srvgroups`; its form is ours. `servers`: handles with `;` between them."""

    name: str
    servers: str


class Documents:
    """Answers every `get` that is answered with a document. An empty list is no bytes at all.

    `address` is where clients find this manager, `requests` counts what they asked.
    """

    def __init__(
        self, queue: JobQueue, nodes: NodeTable, clients: ClientTable, control: QueueControl, address: str
    ) -> None:
        self._queue = queue
        self._nodes = nodes
        self._clients = clients
        self._control = control
        self._started = time.time()
        self._address = address
        self.requests = 0

    def manager(self) -> bytes:
        """`get mgrinfo`."""
        info = ManagerInfo(
            VERSION,
            len(self._nodes.by_name),
            len(self._queue.jobs),
            machine.system_info(self._address),
            NetworkStatus(tcp_requests=str(self.requests), boot_time=date_text(self._started)),
        )
        return payloads.write_record("ManagerInfo", info)

    def clients(self) -> bytes:
        """`get clientlist`."""
        return payloads.write_list("ClientList", "ClientInfo", map(self._described, self._clients.connected))

    def controller(self) -> bytes:
        """`get controller`; nothing if nobody holds control."""
        holder = self._control.holder
        return b"" if holder is None else payloads.write_record("ClientInfo", self._described(holder))

    def plugins(self) -> bytes:
        """`get pluglist`, of the manager or of any server."""
        return payloads.write_list("PluginList", "Plugin", [PluginEntry(VERSION, PLUGIN_NAME, PLUGIN_DESCRIPTION)])

    def servers(self) -> bytes:
        """`get srvlist`."""
        entries = [ServerEntry(node.handle, node.state, node.name) for node in self._nodes.by_name.values()]
        return payloads.write_list("ServerList", "Server", entries)

    def groups(self) -> bytes:
        """`get srvgroups`."""
        members: dict[str, list[str]] = {}
        for node in self._nodes.by_name.values():
            for group in sorted(node.groups):
                members.setdefault(group, []).append(node.handle)
        entries = [ServerGroup(name, ";".join(handles)) for name, handles in sorted(members.items())]
        return payloads.write_list("ServerGroupList", "ServerGroup", entries)

    def server(self, node: Node) -> bytes:
        """`get server`."""
        identity = ServerIdentity(
            VERSION,
            node.name,
            node.user,
            total_task=node.tasks_done,
            total_time=node.task_ms,
            perf_index=1.0,
            ip_address=node.address,
            current_status=int(node.state),
        )
        return payloads.write_server(identity, self._server_details(node))

    def job_handles(self) -> bytes:
        """`get jobhlist`."""
        entries = [JobHandleEntry(str(job.handle), job.wire_state) for job in self._queue.jobs.values()]
        return payloads.write_list("JobhList", "Job", entries)

    def jobs(self) -> bytes:
        """`get joblist`."""
        entries = [
            JobEntry(str(job.handle), job.wire_state, job.spec.name, PLUGIN_NAME, VERSION)
            for job in self._queue.jobs.values()
        ]
        return payloads.write_list("JobList", "Job", entries)

    def archive(self) -> bytes:
        """`get jobarchive`."""
        return payloads.write_list("JobArchiveList", "Job", self._queue.archive())

    def job(self, job: Job) -> bytes:
        """`get jobinfo`, and `get job`, of which it is only known that it says more."""
        servers = tuple(_job_server(job, name) for name in self._servers_of(job))
        return payloads.write_job_info(JobInfo(_head(job), _flags(job), servers, JobPlugin(PLUGIN_NAME, VERSION)))

    def job_errors(self, job: Job) -> bytes:
        """`get jobsrverrorlst`."""
        return payloads.write_error_list(job.messages)

    def _described(self, client: Client) -> object:
        return client.described(in_control=client is self._control.holder)

    def _server_details(self, node: Node) -> ServerDetails:
        held = self._queue.find(node.holds)
        task = CurrentTask(held.job.handle, held.task.number, date_text(node.began)) if held else CurrentTask()
        plugin = ServerPlugin(PLUGIN_NAME, VERSION, PLUGIN_DESCRIPTION)
        details = ServerDetails(hardware=node.hardware, current_task=task, plugins=(plugin,))
        return replace(details, network_status=NetworkStatus(boot_time=date_text(self._started)))

    def _servers_of(self, job: Job) -> list[str]:
        """Every server that belongs to the job, those first that worked on it."""
        known = {name: node.groups for name, node in self._nodes.by_name.items()}
        names = [*job.standings, *(name for name in known if name not in job.standings)]
        worked = {name for name, standing in job.standings.items() if standing.assigned is not False}
        return [name for name in names if name in worked or is_assigned(name, known.get(name, frozenset()), job)]


def _job_server(job: Job, name: str) -> JobServer:
    standing = job.standings.get(name)
    active = name in job.active_servers
    if standing is None:
        return JobServer(server_handle(name), active, 0.0, 0, 0, rt_failed=False)
    return JobServer(server_handle(name), active, standing.task_ms, standing.tasks, 0, standing.failed)


def _head(job: Job) -> JobHead:
    spec = job.spec
    return JobHead(
        version=VERSION,
        job_handle=str(job.handle),
        name=spec.name,
        description=spec.description,
        priority=job.priority,
        user=spec.user,
        computer=spec.computer,
        last_updated=date_text(job.ended or job.started or job.submitted),
        submitted=date_text(job.submitted),
        started=date_text(job.started),
        ended=date_text(job.ended),
        number_tasks=len(job.tasks),
        tasks_completed=job.tasks_done,
        encoding="UTF-8",
    )


def _flags(job: Job) -> JobFlags:
    return JobFlags(
        active=bool(job.active_servers),
        complete=bool(job.ended),
        nonconcurrent=job.spec.nonconcurrent,
        has_dependencies=bool(job.spec.dependencies),
        leave_in_queue=job.spec.on_completion is OnCompletion.LEAVE,
        archive_when_done=job.spec.on_completion is OnCompletion.ARCHIVE,
        delete_when_done=job.spec.on_completion is OnCompletion.DELETE,
    )
