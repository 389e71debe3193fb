"""A temporary folder of this machine in which a texture is made again, and the end of those that a kill left behind.

Layers and textures of a bake may be gigabytes. A folder is known by its name, a file in it and the user that it is of.
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

_PREFIX = "flatiron-verify-"
_MARKER = "made-by-flatiron-verify"
_LEFT_BEHIND_S = 24 * 3600
"""No check takes a day."""


@contextlib.contextmanager
def trial_folder() -> Iterator[Path]:
    """An empty folder apart from a marker; it goes with all that is in it."""
    _remove_left_behind()
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name:
        (Path(name) / _MARKER).touch()
        yield Path(name)


def _remove_left_behind() -> None:
    """Remove folders of checks that were killed; one that resists stays, and is logged."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if _is_left_behind(folder):
                shutil.rmtree(folder)
                log.info("removed %s, which a killed check had left behind", folder)
        except OSError as error:
            log.warning("%s of a killed check is still there: %s", folder, error)


def _is_left_behind(folder: Path) -> bool:
    status = folder.lstat()
    ours = stat.S_ISDIR(status.st_mode) and (os.name == "nt" or status.st_uid == os.getuid())
    if not ours:
        return False
    try:
        return time.time() - (folder / _MARKER).lstat().st_mtime > _LEFT_BEHIND_S
    except FileNotFoundError:
        return False
