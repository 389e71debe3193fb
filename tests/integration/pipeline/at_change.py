"""Something happens right before the n-th change that a step makes to the file system, in a process of its own.

Python's own audit events tell when. The process is a child of one that never used OpenImageIO, whose threads do not
survive a fork.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["tests.integration.pipeline.workshop"])
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate")
"""Audit events of calls that change the file system; `open` counts too if it is for writing."""


def die() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def at_change(folder: Path, change: int, act: Callable[[], None]) -> None:
    """From now on, act right before the n-th change below a folder."""
    left = change

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        writes = event == "open" and bool(_flags(arguments) & (os.O_WRONLY | os.O_RDWR))
        if (event in CHANGES or writes) and _is_below(arguments[0], folder):
            left -= 1
            if left == 0:
                act()

    sys.addaudithook(hook)


def _is_below(path: object, folder: Path) -> bool:
    """Names relative to an open folder are the clean-up's, which works nowhere else."""
    return isinstance(path, str) and (not path.startswith("/") or path.startswith(str(folder)))


def _flags(arguments: tuple[object, ...]) -> int:
    flags = arguments[2]
    return flags if isinstance(flags, int) else 0
