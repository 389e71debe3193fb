"""Runs one task's command so that nothing of it outlives its server. A program of its own: `task_guard.py COMMAND…`.

The server holds the other end of this program's standard input. When that end closes, because the server wants the task
stopped or because the server itself was killed in any way at all, the guard ends the command and everything that the
command started: grandchildren, and processes that left their group or lost their parent, are found too, since on Linux
the guard is their "child subreaper". Should the guard itself be killed, the kernel kills the command
(PR_SET_PDEATHSIG), though not what the command started.

Leaves with the command's exit code; 128 + n if signal n ended it, 127 if it cannot be started.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import psutil

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_GRACE_S = 3.0
_CANNOT_START = 127


def main() -> int:
    """Run the command given as arguments; see the module."""
    try:
        child = _linux_child() if sys.platform == "linux" else _start()
    except (OSError, subprocess.SubprocessError) as error:
        sys.stderr.write(f"The command cannot be started: {error}\n")
        return _CANNOT_START
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    exit_code = child.wait()
    _end_descendants()
    return exit_code if exit_code >= 0 else 128 - exit_code


def _linux_child() -> subprocess.Popen[bytes]:
    control = ctypes.CDLL(None).prctl
    control(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return _start(lambda: control(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))


def _start(in_child: Callable[[], object] | None = None) -> subprocess.Popen[bytes]:
    # No thread runs yet, so code between fork and exec is safe.
    return subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=in_child)  # noqa: PLW1509


def _end_with_the_server() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            continue
    _end_descendants()


def _end_descendants() -> None:
    """Ask everything below this process to end, then make it; again until nothing is left."""
    while running := _running():
        for process in running:
            with contextlib.suppress(psutil.Error):
                process.terminate()
        _, stubborn = psutil.wait_procs(running, timeout=_GRACE_S)
        for process in stubborn:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(stubborn, timeout=_GRACE_S)


def _running() -> list[psutil.Process]:
    return [process for process in psutil.Process().children(recursive=True) if _alive(process)]


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    sys.exit(main())
