"""What this machine has: memory, processors, disk space, network addresses, as managers and servers tell it."""

from __future__ import annotations

import getpass
import platform
import shutil
import socket
import uuid
from pathlib import Path
from typing import Final

import psutil

from flatiron_tasks.backburner.records import HardwareInfo, SystemInfo

_EVERYWHERE: Final = ("", "0.0.0.0", "::")  # noqa: S104 - nothing is bound here


def hardware_info() -> HardwareInfo:
    """This machine as a render server describes it. Sizes in bytes."""
    memory = psutil.virtual_memory().total
    return HardwareInfo(
        total_memory=str(memory),
        total_memory_f=f"{memory:.6f}",
        num_cpus=str(psutil.cpu_count() or 1),
        platform=f"{platform.system()} {platform.release()}",
        work_disk_space=str(shutil.disk_usage(Path.cwd()).free),
        mac=f"{uuid.getnode():012X}0000",
    )


def local_address(host: str) -> str:
    """Where this machine finds a service that listens on `host`."""
    return "127.0.0.1" if host in _EVERYWHERE else host


def reachable_address(host: str) -> str:
    """Where others find a service that listens on `host`, which may stand for all addresses of this machine."""
    if host not in _EVERYWHERE:
        return host
    entries = [entry for entries in psutil.net_if_addrs().values() for entry in entries]
    addresses = [entry.address for entry in entries if entry.family == socket.AF_INET]
    public = [address for address in addresses if not address.startswith("127.")]
    return public[0] if public else "127.0.0.1"


def system_info(address: str) -> SystemInfo:
    """This machine as a manager describes itself, reached at `address`."""
    hardware = hardware_info()
    return SystemInfo(
        total_memory=hardware.total_memory,
        total_memory_f=hardware.total_memory_f,
        num_cpus=hardware.num_cpus,
        platform=hardware.platform,
        user=getpass.getuser(),
        computer_name=platform.node(),
        mac=hardware.mac,
        work_disk_space=hardware.work_disk_space,
        ip_address=address,
    )
