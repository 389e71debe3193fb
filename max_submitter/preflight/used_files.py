"""Check on the files that the scene uses: are they there? They may lie on any share: answers are limited in time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import PureWindowsPath
from typing import Final

from flatiron_tasks.contracts.errors import ShareError
from max_submitter.preflight.finding import Finding
from max_submitter.preflight.look import SlowLook
from max_submitter.preflight.wording import counted, listed

_SECONDS: Final = 15.0
"""What is not looked at by then is counted, not awaited: nobody waits for Bake because of a warning."""


def missing(look: SlowLook) -> Iterator[Finding]:
    """Textures and other files that are not there, or that nobody could look at."""
    absent, unknown = _look_at(look)
    if absent:
        yield Finding(
            "missing-files",
            "warning",
            f"{counted(len(absent), 'file')} that the scene uses cannot be found: {listed(absent)}.",
            "Mend the paths (File > Reference > Asset Tracking), or the bake will show the objects without them.",
        )
    if unknown:
        yield Finding(
            "missing-files",
            "warning",
            f"{counted(len(unknown), 'file')} that the scene uses could not be looked at: {listed(unknown)}.",
            "Check that their server is on and can be reached; press Check again.",
        )


def _look_at(look: SlowLook) -> tuple[list[str], list[str]]:
    """Files that are not there, and files of folders that did not answer or came too late."""
    absent, unknown = list[str](), list[str]()
    silent = set[str]()
    until = time.monotonic() + _SECONDS
    for path in look.input.scene.used_files:
        folder = str(PureWindowsPath(path).parent)
        if look.is_cancelled():
            break
        if folder in silent or time.monotonic() > until:
            unknown.append(path)
            continue
        try:
            if not look.surroundings.is_there(path):
                absent.append(path)
        except ShareError:
            silent.add(folder)
            unknown.append(path)
    return absent, unknown
