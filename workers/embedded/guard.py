"""The guard: a small process that ends the others when their parent died without doing so.

Its standard input is a pipe that only the parent holds. Every line names a process (pid and start time) or a temporary
folder. When the pipe ends, in whatever way the parent ended, SIGKILL included, everything named that is still there
is killed with its descendants, and the folders are removed. After an orderly end nothing is left for it to do.

It works wherever pipes do; unlike PR_SET_PDEATHSIG it reaches descendants and does not depend on the thread that
started them. It does not survive its own SIGKILL.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import psutil

_DEADLINE_S = 5.0


class Guard:
    """The parent's end of the pipe."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "workers.embedded.guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def watch_process(self, process: psutil.Process) -> None:
        """End this process when the parent is gone. Its start time tells it from a later one with the same id."""
        self._tell({"pid": process.pid, "started": process.create_time()})

    def watch_folder(self, folder: Path) -> None:
        """Remove this folder when the parent is gone: one that the parent itself has made."""
        self._tell({"folder": str(folder)})

    def close(self) -> None:
        """The parent has cleaned up: wait until the guard has seen that nothing is left."""
        self._process.communicate()

    def _tell(self, line: dict[str, object]) -> None:
        if self._process.stdin is None:  # pragma: no cover - it is a pipe
            return
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()


def kill_tree(processes: Iterable[psutil.Process]) -> None:
    """Kill processes with all their descendants, and wait until they are gone."""
    doomed = list(processes)
    for process in list(doomed):
        try:
            doomed.extend(process.children(recursive=True))
        except psutil.NoSuchProcess:
            continue
    for process in doomed:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(doomed, timeout=_DEADLINE_S)


def main() -> None:
    """Wait for the end of the pipe, then clean up."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    lines = [json.loads(line) for line in sys.stdin]
    kill_tree(process for line in lines if "pid" in line for process in _same(line["pid"], line["started"]))
    for line in lines:
        if "folder" in line:
            shutil.rmtree(line["folder"], ignore_errors=True)


def _same(pid: int, started: float) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return []
    return [process] if process.create_time() == started else []


if __name__ == "__main__":
    main()
