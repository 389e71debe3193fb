"""Where Backburner's installers put cmdjob, newest first. Looks at the disk, runs nothing."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

NAME: Final = "cmdjob"
_UNIX: Final = ("/opt/Autodesk/backburner/cmdjob", "/usr/discreet/backburner/cmdjob")
_PLACES: Final = {
    "win32": (
        r"C:\Program Files (x86)\Autodesk\Backburner\cmdjob.exe",
        r"C:\Program Files\Autodesk\Backburner\cmdjob.exe",
    ),
    "linux": _UNIX,
    "darwin": _UNIX,
}


def places(platform: str = sys.platform) -> tuple[str, ...]:
    """Where cmdjob is installed on `platform` (a value of `sys.platform`); nothing for one without Backburner."""
    return _PLACES.get(platform, ())


def located(
    command: tuple[str, ...],
    *,
    platform: str = sys.platform,
    which: Callable[[str], str | None] = shutil.which,
    exists: Callable[[str], bool] = lambda path: Path(path).is_file(),
) -> tuple[str, ...]:
    """`command` with a bare `cmdjob` replaced by the one that is on the PATH, or else installed.

    A path is never replaced, and neither is a `cmdjob` that is nowhere: running it says so.
    """
    if command[0].lower().removesuffix(".exe") != NAME:
        return command
    found = which(command[0]) or next((place for place in places(platform) if exists(place)), command[0])
    return (found, *command[1:])
