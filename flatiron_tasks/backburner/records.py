"""What a manager's documents say, one record per document or list item.

The fields of each record stand in wire order, which is confirmed; their names are ours. Dates are text, because their
format is not documented. payloads.py turns these to XML and back.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SystemInfo:
    """A machine."""

    total_memory: str = ""
    total_memory_f: str = ""
    num_cpus: str = ""
    platform: str = ""
    user: str = ""
    computer_name: str = ""
    mac: str = ""
    work_disk_space: str = ""
    ip_address: str = field(default="", metadata={"name": "IPAddress"})


@dataclass(frozen=True)
class NetworkStatus:
    """Counters of a manager or server since it started."""

    dropped_packets: str = "0"
    bad_packets: str = "0"
    tcp_requests: str = "0"
    udp_requests: str = "0"
    boot_time: str = ""


@dataclass(frozen=True)
class ManagerInfo:
    """`get mgrinfo`."""

    version: str
    servers: int
    jobs: int
    system_info: SystemInfo = SystemInfo()
    network_status: NetworkStatus = NetworkStatus()


@dataclass(frozen=True)
class ServerEntry:
    """One item of `get srvlist`. `handle`: 16 hexadecimal digits; `state`: `assumptions.WireServerState`."""

    handle: str
    state: int
    name: str


@dataclass(frozen=True)
class ServerIdentity:
    """First part of `get server`."""

    version: str
    name: str
    user_name: str
    total_task: int
    total_time: float
    perf_index: float
    ip_address: str
    current_status: int


@dataclass(frozen=True)
class JobHandleEntry:
    """One item of `get jobhlist`. `handle`: decimal; `state`: `assumptions.WireJobState`."""

    handle: str
    state: int


@dataclass(frozen=True)
class JobEntry:
    """One item of `get joblist`."""

    handle: str
    state: int
    name: str
    plugin_name: str = ""
    plugin_version: str = ""


@dataclass(frozen=True)
class JobHead:
    """First part of `get jobinfo`."""

    version: str
    job_handle: str
    name: str
    description: str
    priority: int
    user: str
    computer: str
    last_updated: str
    submitted: str
    started: str
    ended: str
    number_tasks: int
    tasks_completed: int
    encoding: str = ""


@dataclass(frozen=True)
class JobFlags:
    """Second part of `get jobinfo`, `Yes` or `No` each."""

    active: bool = False
    complete: bool = False
    nonconcurrent: bool = False
    nonstoppable: bool = False
    ignore_job_share: bool = False
    has_dependencies: bool = False
    zip_archive: bool = False
    leave_in_queue: bool = False
    archive_when_done: bool = False
    delete_when_done: bool = False
    override_blocking_tasks: bool = False
    enable_blocking_tasks: bool = False


@dataclass(frozen=True)
class JobServer:
    """One server of a job, in `get jobinfo`. `rt_failed`: it failed on this job; `task_time` in milliseconds."""

    handle: str
    active: bool
    task_time: float
    task_total: int
    context_switch: int
    rt_failed: bool


@dataclass(frozen=True)
class JobInfo:
    """`get jobinfo`, as far as anybody reads it."""

    head: JobHead
    flags: JobFlags
    servers: tuple[JobServer, ...] = ()


@dataclass(frozen=True)
class ArchiveEntry:
    """One item of `get jobarchive`."""

    handle: str
    name: str
    user: str
    description: str
    submission_date: str
    end_date: str
    plugin_name: str = ""
    plugin_version: str = ""
