"""Backburner's console commands, answered from the local queue. Bytes are made here, sent elsewhere.

Speaks the subset of a real manager that our client reads, in the order of elements that real clients expect.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from typing import Final

from flatiron_tasks.backburner import assumptions, payloads, wire
from flatiron_tasks.backburner.records import (
    JobEntry,
    JobFlags,
    JobHandleEntry,
    JobHead,
    JobInfo,
    JobServer,
    ManagerInfo,
    NetworkStatus,
    ServerEntry,
    ServerIdentity,
    SystemInfo,
)
from workers.farm.job_queue import JobQueue, date_text
from workers.farm.jobs import Job, OnCompletion
from workers.farm.nodes import Node, NodeTable

GREETING: Final = wire.status(assumptions.GREETING_CODE, "backburner 1.0 Ready.")
READY: Final = wire.status(250, "Ready")
_OK: Final = wire.status(200, "OK")
_UNKNOWN: Final = wire.status(400, "Unknown command")
_NO_JOB: Final = wire.status(404, "Job not found")
_NO_SERVER: Final = wire.status(404, "Server not found")
_PLUGIN: Final = "Command Line Tool"
_VERSION: Final = "1.0"


class Console:
    """Answers one command line at a time."""

    def __init__(self, queue: JobQueue, nodes: NodeTable) -> None:
        self._queue = queue
        self._nodes = nodes
        self._started = time.time()
        self._requests = 0
        self._plain: dict[tuple[str, ...], Callable[[], bytes]] = {
            ("get", "mgrinfo"): self._manager_info,
            ("get", "srvlist"): self._server_list,
            ("get", "jobhlist"): self._job_handle_list,
            ("get", "joblist"): self._job_list,
            ("get", "jobarchive"): self._job_archive,
        }
        self._of_job: dict[tuple[str, ...], Callable[[Job], bytes]] = {
            ("get", "jobinfo"): self._job_info,
            ("get", "jobstate"): self._job_state,
            ("get", "jobsrverrorlst"): self._job_errors,
            ("del", "job"): self._delete_job,
        }

    def answer(self, words: tuple[str, ...]) -> bytes:
        """The complete reply to a command, without the prompt. Nothing at all is answered to an empty line."""
        if not words:
            return b""
        self._requests += 1
        verb, arguments = tuple(word.lower() for word in words[:2]), words[2:]
        if not arguments and verb in self._plain:
            return self._plain[verb]()
        if len(arguments) == 1 and verb in self._of_job:
            return self._with_job(arguments[0], self._of_job[verb])
        if verb == ("set", "jobstate") and len(arguments) == 2:
            return self._with_job(arguments[0], lambda job: self._set_job_state(job, arguments[1]))
        if verb == ("get", "server") and len(arguments) == 1:
            return self._server(arguments[0])
        return _UNKNOWN

    def _with_job(self, handle: str, act: Callable[[Job], bytes]) -> bytes:
        job = self._queue.jobs.get(int(handle)) if handle.isdecimal() and len(handle) <= 10 else None
        return _NO_JOB if job is None else act(job)

    def _manager_info(self) -> bytes:
        info = ManagerInfo(
            _VERSION,
            len(self._nodes.by_name),
            len(self._queue.jobs),
            SystemInfo(platform=platform.system(), computer_name=platform.node()),
            NetworkStatus(tcp_requests=str(self._requests), boot_time=date_text(self._started)),
        )
        return wire.data(payloads.write_record("ManagerInfo", info))

    def _server_list(self) -> bytes:
        entries = [ServerEntry(node.handle, node.state, node.name) for node in self._nodes.by_name.values()]
        return wire.data(payloads.write_list("ServerList", "Server", entries))

    def _server(self, handle: str) -> bytes:
        node = next((node for node in self._nodes.by_name.values() if node.handle == handle.upper()), None)
        return _NO_SERVER if node is None else wire.data(payloads.write_server(_identity(node)))

    def _job_handle_list(self) -> bytes:
        entries = [JobHandleEntry(str(job.handle), job.wire_state) for job in self._queue.jobs.values()]
        return wire.data(payloads.write_list("JobhList", "Job", entries))

    def _job_list(self) -> bytes:
        entries = [
            JobEntry(str(job.handle), job.wire_state, job.spec.name, _PLUGIN, _VERSION)
            for job in self._queue.jobs.values()
        ]
        return wire.data(payloads.write_list("JobList", "Job", entries))

    def _job_archive(self) -> bytes:
        return wire.data(payloads.write_list("JobArchiveList", "Job", self._queue.archive()))

    def _job_info(self, job: Job) -> bytes:
        servers = tuple(self._job_server(job, name) for name in job.standings)
        return wire.data(payloads.write_job_info(JobInfo(_head(job), _flags(job), servers)))

    def _job_server(self, job: Job, name: str) -> JobServer:
        standing = job.standings[name]
        node = self._nodes.by_name.get(name) or Node(name)
        active = name in job.active_servers
        return JobServer(node.handle, active, standing.task_ms, standing.tasks, 0, standing.failed)

    def _job_state(self, job: Job) -> bytes:
        return wire.status(200, str(int(job.wire_state)))

    def _job_errors(self, job: Job) -> bytes:
        return wire.data(payloads.write_error_list(job.messages))

    def _delete_job(self, job: Job) -> bytes:
        self._queue.delete(job)
        return _OK

    def _set_job_state(self, job: Job, wish: str) -> bytes:
        if wish == assumptions.SET_STATE_SUSPEND:
            self._queue.suspend(job)
        elif wish == assumptions.SET_STATE_ACTIVATE:
            self._queue.activate(job)
        else:
            return _UNKNOWN
        return _OK


def _head(job: Job) -> JobHead:
    spec = job.spec
    return JobHead(
        version=_VERSION,
        job_handle=str(job.handle),
        name=spec.name,
        description=spec.description,
        priority=spec.priority,
        user=spec.user,
        computer=spec.computer,
        last_updated=date_text(job.ended or job.started or job.submitted),
        submitted=date_text(job.submitted),
        started=date_text(job.started),
        ended=date_text(job.ended),
        number_tasks=len(job.tasks),
        tasks_completed=job.tasks_done,
    )


def _flags(job: Job) -> JobFlags:
    return JobFlags(
        active=bool(job.active_servers),
        complete=bool(job.ended),
        leave_in_queue=job.spec.on_completion is OnCompletion.LEAVE,
        archive_when_done=job.spec.on_completion is OnCompletion.ARCHIVE,
        delete_when_done=job.spec.on_completion is OnCompletion.DELETE,
    )


def _identity(node: Node) -> ServerIdentity:
    return ServerIdentity(
        version=_VERSION,
        name=node.name,
        user_name=node.user,
        total_task=node.tasks_done,
        total_time=node.task_ms,
        perf_index=1.0,
        ip_address="127.0.0.1",
        current_status=int(node.state),
    )
