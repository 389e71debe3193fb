"""Find and kill everything that a renderer started, and nothing else.

A renderer runs in a session of its own (Windows: a process group of its own) and carries a variable with the token of
its attempt, which its children inherit.

- Linux: the process group, and every process that carries the token: one that left the group or lost its parent too.
- Other POSIX systems: the process group.
- Windows: `taskkill /T`, which follows parents to children from the running renderer. A job object would also find
  orphans; Backburner's server already puts each task into one, and ends it when this program ends.

Always by number, never by name: an artist may have a session of the same program open on this machine.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

TOKEN_VARIABLE = "FLATIRON_ATTEMPT"  # noqa: S105 - names an attempt, opens nothing
_LIMIT_S = 10.0
_PAUSE_S = 0.05


def kill_tree(process_id: int, token: str) -> bool:
    """Kill the renderer's processes; True when none is left. `process_id` led the group, and may have ended."""
    if sys.platform == "win32":
        return _taskkill(process_id)
    pause = threading.Event()
    deadline = time.monotonic() + _LIMIT_S
    while _kill_all(process_id, token):
        if time.monotonic() > deadline:  # a process that waits for a dead file server cannot be killed
            return False
        pause.wait(_PAUSE_S)
    return True


def _kill_all(group: int, token: str) -> bool:
    """Kill all that are left; whether there were any."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
        os.killpg(group, signal.SIGKILL)
    found = False
    for process_id in carriers(token):
        found = True
        with contextlib.suppress(ProcessLookupError):
            os.kill(process_id, signal.SIGKILL)
    return found


def carriers(token: str) -> Iterator[int]:
    """Running processes that carry the token, on Linux; none elsewhere. This process does not carry it."""
    wanted = f"{TOKEN_VARIABLE}={token}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended, or is another user's
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)


def _taskkill(process_id: int) -> bool:
    command = ["taskkill", "/F", "/T", "/PID", str(process_id)]
    with contextlib.suppress(subprocess.TimeoutExpired):
        # 128: there is no such process
        return subprocess.run(command, capture_output=True, check=False, timeout=_LIMIT_S).returncode in (0, 128)
    return False
