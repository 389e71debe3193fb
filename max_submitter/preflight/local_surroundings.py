"""The world outside as this machine sees it: folders under a time limit, drives, and the services' own tests."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.contracts.mark import find_mark
from flatiron_tasks.share.atomic import remove_quietly, share_error, temporary_beside
from max_submitter.preflight.network_drives import drive_target
from max_submitter.preflight.surroundings import Occupant
from max_submitter.preflight.time_limit import T, TimeLimit

_SECONDS: Final = 10.0
_PROBE: Final = b"Flatiron: may this account write here?\n"


class LocalSurroundings:
    """Implements `Surroundings`. Safe from any thread."""

    def __init__(
        self,
        *,
        manager_trouble: Callable[[str, int], str],
        redis_trouble: Callable[[str], str],
        seconds: float = _SECONDS,
    ) -> None:
        """`manager_trouble` and `redis_trouble` answer as in `Surroundings`; `seconds` limits each file operation."""
        self.manager_trouble = manager_trouble
        self.redis_trouble = redis_trouble
        self._limit = TimeLimit(seconds)

    def is_folder(self, folder: Path) -> bool:
        """As in `Surroundings`."""
        return self._ask(folder, f"The folder {folder} cannot be looked at.", lambda: _is_folder(folder))

    def is_there(self, path: str) -> bool:
        """As in `Surroundings`. What cannot be read is not there for 3ds Max either."""
        return self._limit.run(str(Path(path).parent), lambda: _is_there(path))

    def write_probe(self, folder: Path) -> None:
        """As in `Surroundings`."""
        self._ask(folder, f"Nothing can be written to {folder}.", lambda: _write_and_remove(folder))

    def free_bytes(self, folder: Path) -> int:
        """As in `Surroundings`."""
        return self._ask(folder, f"The free space of {folder} cannot be told.", lambda: shutil.disk_usage(folder).free)

    def drive_target(self, drive: str) -> str:
        """As in `Surroundings`."""
        return drive_target(drive)

    def occupant(self, path: Path) -> Occupant:
        """As in `Surroundings`."""
        return self._ask(path.parent, f"{path} cannot be looked at.", lambda: _occupant(path))

    def _ask(self, folder: Path, trouble: str, action: Callable[[], T]) -> T:
        try:
            return self._limit.run(str(folder), action)
        except OSError as error:
            raise share_error(trouble, error) from error


def _is_folder(folder: Path) -> bool:
    try:
        return stat.S_ISDIR(folder.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def _write_and_remove(folder: Path) -> None:
    """Nothing but a real file tells: Windows' own answer about rights is often wrong on shares."""
    probe = temporary_beside(folder / "flatiron-probe")
    try:
        with probe.open("xb") as file:
            file.write(_PROBE)
            file.flush()
            os.fsync(file.fileno())
    finally:
        remove_quietly(probe)
    if probe.exists():
        raise ShareError(
            f"{probe} was written and cannot be removed.", advice="Ask for the right to delete in this folder as well."
        )


def _occupant(path: Path) -> Occupant:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            return "foreign" if find_mark(path) is None else "ours"
    except FileNotFoundError:
        return "nothing"
    if stat.S_ISLNK(mode):
        return "link"
    return "folder" if stat.S_ISDIR(mode) else "other"
