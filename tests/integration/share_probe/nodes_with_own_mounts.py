"""Render servers that see other folders than the workers do, each in a mount namespace of its own (Linux, root)."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from workers.embedded.processes import Child, environment_without_settings
from workers.embedded.stack import EmbeddedStack


def can_mount() -> bool:
    """Whether this account may make mount namespaces."""
    tools = shutil.which("unshare") and shutil.which("mount")
    return (
        bool(tools)
        and subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "x", "/mnt"], check=False).returncode == 0
    )


def sees(other: Path, folder: Path) -> str:
    """Shell command after which `folder` is another one."""
    return f"mount --bind {shlex.quote(str(other))} {shlex.quote(str(folder))}"


def sees_read_only(folder: Path) -> str:
    """Shell command after which `folder` is the same one and nobody may write to it."""
    path = shlex.quote(str(folder))
    return f"mount --bind {path} {path} && mount -o remount,ro,bind {path}"


def start_node(stack: EmbeddedStack, name: str, mounts: str = "true") -> Child:
    """Start a render server behind these mounts."""
    address = ":".join(map(str, stack.manager))
    server = [sys.executable, "-m", "workers.farm", "server", "--manager", address, "--name", name]
    script = f"{mounts} && exec {shlex.join(server)}"
    return stack.processes.start(name, ["unshare", "-m", "sh", "-c", script], env=environment_without_settings())
