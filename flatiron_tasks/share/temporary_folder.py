"""A temporary folder of this machine, and the end of those that a kill left behind.

A folder is known by its name, a file in it and the user that it is of. Nothing else is ever removed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)


@contextlib.contextmanager
def temporary_folder(what: str, *, longest_s: float) -> Iterator[Path]:
    """A folder with nothing in it but a marker; it goes with all that is in it.

    First, folders for the same `what` go that are older than any work in them can last: `longest_s` seconds.
    """
    _remove_left_behind(what, longest_s)
    with tempfile.TemporaryDirectory(prefix=f"{what}-") as name:
        (Path(name) / _marker(what)).touch()
        yield Path(name)


def _marker(what: str) -> str:
    return f"made-by-{what}"


def _remove_left_behind(what: str, longest_s: float) -> None:
    """Remove folders of processes that were killed; one that resists stays, and is logged."""
    for folder in Path(tempfile.gettempdir()).glob(f"{what}-*"):
        try:
            if _is_left_behind(folder, _marker(what), longest_s):
                shutil.rmtree(folder)
                log.info("removed %s, which a killed process had left behind", folder)
        except FileNotFoundError:
            continue  # another process was faster
        except OSError as error:
            log.warning("%s of a killed process is still there: %s", folder, error)


def _is_left_behind(folder: Path, marker: str, longest_s: float) -> bool:
    status = folder.lstat()
    ours = stat.S_ISDIR(status.st_mode) and (os.name == "nt" or status.st_uid == os.getuid())
    if not ours:
        return False
    try:
        return time.time() - (folder / marker).lstat().st_mtime > longest_s
    except FileNotFoundError:
        return False
