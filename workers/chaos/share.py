"""The share of a chaos run: a small tmpfs of its own in a private mount namespace, where the machine allows one.

Then it can really be full, and really be read-only for a while. Elsewhere it is a plain folder, and both faults are
left out.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path

from workers.embedded.errors import EmbeddedError

SIZE = "256m"
_CLONE_NEWNS = 0x00020000


def enter_private_mounts() -> bool:
    """Give this process, and what it starts from now on, mounts of its own. False where that is not allowed."""
    if os.name != "posix" or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS) != 0:
        return False
    return _mount("--make-rprivate", "/")


class Share:
    """The network folder. `can_fail` says whether it can be full and read-only."""

    def __init__(self, folder: Path, *, private_mounts: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.can_fail = private_mounts and _mount("-t", "tmpfs", "-o", f"size={SIZE}", "flatiron-chaos", str(folder))

    def make_read_only(self) -> bool:
        """Refuse every change; False while somebody has a file open for writing."""
        return _mount("-o", "remount,ro", str(self.folder))

    def make_writable(self) -> None:
        """Take changes again. Raises EmbeddedError."""
        if not _mount("-o", "remount,rw", str(self.folder)):
            raise EmbeddedError(f"{self.folder} cannot be made writable again.")

    def fill(self) -> None:
        """Leave no free byte, by shrinking the file system to what it holds: no foreign file is needed for it."""
        used = os.statvfs(self.folder)
        _mount("-o", f"remount,size={max(4096, (used.f_blocks - used.f_bfree) * used.f_frsize)}", str(self.folder))

    def make_room(self) -> None:
        """Give the space back. Raises EmbeddedError."""
        if not _mount("-o", f"remount,size={SIZE}", str(self.folder)):
            raise EmbeddedError(f"{self.folder} cannot be enlarged again.")

    def close(self) -> None:
        """Take the file system away, so that the folder above can be removed."""
        if self.can_fail:
            subprocess.run(["umount", "--lazy", str(self.folder)], capture_output=True, check=False)  # noqa: S607


def _mount(*arguments: str) -> bool:
    try:
        return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0  # noqa: S607
    except OSError:
        return False
