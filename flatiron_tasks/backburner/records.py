"""What a manager's documents say, one record per document or list item.

The fields of each record stand in wire order, which is confirmed; their names are ours. Dates are text, because their
format is not documented. payloads.py turns these to XML and back.

What is text here and a number in its default (`version`, `total_memory` …) is text because we show it and never count
with it. Clients made by others turn it into a number, so a manager must write one: a version is `300`, not `1.0`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from flatiron_tasks.backburner import assumptions

_STATE: Final = {"empty": assumptions.EMPTY_STATE}


@dataclass(frozen=True)
class SystemInfo:
    """A machine. Memory and disk space in bytes; `mac`: 16 hexadecimal digits, the last four of them zero."""

    total_memory: str = "0"
    total_memory_f: str = "0.000000"
    num_cpus: str = "1"
    platform: str = ""
    user: str = ""
    computer_name: str = ""
    mac: str = ""
    work_disk_space: str = field(default="0", metadata={"name": "WorkDiskSPace"})
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
class ClientInfo:
    """What a client says of itself in `set clientinfo`, and one item of `get clientlist`.

    `udp_port`: where it wants notifications, 0 for none; `controller`: 1 if it holds queue control, else 0.
    """

    version: str = "300"
    udp_port: int = 0
    controller: int = field(default=0, metadata={"name": "Controler"})
    system_info: SystemInfo = SystemInfo()


@dataclass(frozen=True)
class PluginEntry:
    """One item of `get pluglist`. In `get server` the name comes first: see `ServerPlugin`."""

    version: str
    name: str
    description: str = ""


@dataclass(frozen=True)
class ServerEntry:
    """One item of `get srvlist`. `handle`: 16 hexadecimal digits; `state`: `assumptions.WireServerState`."""

    handle: str
    state: int = field(metadata=_STATE)
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
    current_status: int = field(metadata=_STATE)


@dataclass(frozen=True)
class HardwareInfo:
    """Second part of `get server`."""

    total_memory: str = "0"
    total_memory_f: str = "0.000000"
    num_cpus: str = "1"
    platform: str = ""
    work_disk_space: str = field(default="0", metadata={"name": "WorkDiskSPace"})
    mac: str = ""


@dataclass(frozen=True)
class Schedule:
    """Fourth part of `get server`: a 24-bit map of hours per day. Sources disagree on what a set bit means."""

    sunday: int = 0
    monday: int = 0
    tuesday: int = 0
    wednesday: int = 0
    thursday: int = 0
    friday: int = 0
    saturday: int = 0


@dataclass(frozen=True)
class Priorities:
    """Fifth part of `get server`."""

    attended: int = 0
    unattended: int = 0


@dataclass(frozen=True)
class CurrentTask:
    """Sixth part of `get server`: what it does now; zeros for nothing."""

    job: int = 0
    task: int = 0
    started: str = ""


@dataclass(frozen=True)
class ServerPlugin:
    """One item of the seventh part of `get server`."""

    name: str
    version: str
    description: str = ""


@dataclass(frozen=True)
class ServerDetails:
    """The parts of `get server` behind the first, in wire order."""

    hardware: HardwareInfo = field(default=HardwareInfo(), metadata={"name": "HWInfo"})
    network_status: NetworkStatus = NetworkStatus()
    schedule: Schedule = Schedule()
    priorities: Priorities = Priorities()
    current_task: CurrentTask = CurrentTask()
    plugins: tuple[ServerPlugin, ...] = ()


@dataclass(frozen=True)
class ServerInfo:
    """`get server`, with all its seven parts."""

    identity: ServerIdentity
    details: ServerDetails = ServerDetails()


@dataclass(frozen=True)
class JobHandleEntry:
    """One item of `get jobhlist`. `handle`: decimal; `state`: `assumptions.WireJobState`."""

    handle: str
    state: int = field(metadata=_STATE)


@dataclass(frozen=True)
class JobEntry:
    """One item of `get joblist`."""

    handle: str
    state: int = field(metadata=_STATE)
    name: str
    plugin_name: str = ""
    plugin_version: str = "0"


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
class JobPlugin:
    """Fourth part of `get jobinfo`: what runs the job."""

    name: str = "Command Line Tool"
    version: str = "0"


@dataclass(frozen=True)
class JobAlerts:
    """Fifth part of `get jobinfo`: whom to write when."""

    enabled: int = 0
    failure: bool = False
    progress: bool = False
    completion: bool = False
    nth_task: int = 0
    send_email: bool = False
    include_summary: bool = False
    email_from: str = field(default="", metadata={"name": "From"})
    email_to: str = field(default="", metadata={"name": "To"})
    email_server: str = field(default="", metadata={"name": "Server"})


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
    """`get jobinfo`. Nobody knows its third part, which stays out."""

    head: JobHead
    flags: JobFlags
    servers: tuple[JobServer, ...] = ()
    plugin: JobPlugin = JobPlugin()
    alerts: JobAlerts = JobAlerts()


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
    plugin_version: str = "0"
