"""One process at a time bakes a job on this machine: a second one, begun by a later panel, waits for the first.

The operating system drops the lock when the process ends, however it ends. The file lies in this machine's folder for
temporary files: the job folder holds nothing but the job's.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def alone(job_id: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of a job; `waiting` hears if another process has it. Raises OSError."""
    with (Path(tempfile.gettempdir()) / f"flatiron-local-{job_id}.lock").open("ab") as lock:
        if not _take(lock):
            waiting()
            _wait(lock)
        yield


if sys.platform == "win32":
    import msvcrt

    def _take(lock: IO[bytes]) -> bool:
        try:
            lock.seek(0)
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _wait(lock: IO[bytes]) -> None:
        """Windows waits for ten seconds at most, then refuses."""
        lock.seek(0)
        while True:
            with contextlib.suppress(OSError):
                msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
                return

else:
    import fcntl

    def _take(lock: IO[bytes]) -> bool:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _wait(lock: IO[bytes]) -> None:
        fcntl.flock(lock, fcntl.LOCK_EX)
