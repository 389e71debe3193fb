"""Signals to processes and their descendants, which may be gone by then."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from contextlib import suppress

import psutil


def send_all(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """Send it to each."""
    for process in processes:
        send(process, number)


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Send it; nothing happens if the process is gone."""
    with suppress(psutil.Error):
        process.send_signal(number)


def descendants(process: psutil.Process) -> list[psutil.Process]:
    """Children, their children, and so on."""
    with suppress(psutil.Error):
        return process.children(recursive=True)
    return []


def describe(process: psutil.Process) -> str:
    """Number and the end of the command line."""
    with suppress(psutil.Error):
        return f"{process.pid} {' '.join(process.cmdline())[-80:]}"
    return str(process.pid)
