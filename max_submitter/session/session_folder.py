"""A private folder per running program: scene copies and the journal of submissions, with a lock while it runs.

The operating system drops the lock when the program ends, however it ends. So a folder whose lock can be taken belongs
to a program that is gone, and what lies in it is a leftover: no clock and no process number has to be believed.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from flatiron_tasks.share.atomic import share_error

_LOCK: Final = "lock"
_TRIES: Final = 5
_NAME: Final = re.compile(r"session-[0-9a-f]{16}")


class SessionFolder:
    """One such folder, whose lock this program holds."""

    def __init__(self, path: Path, lock: IO[bytes]) -> None:
        self.path = path
        self.journal = path / "submissions"
        self._scenes = path / "scenes"
        self._lock = lock

    @classmethod
    def make(cls, parent: Path) -> SessionFolder:
        """A new folder below `parent`. Raises ShareError."""
        for _ in range(_TRIES):
            made = cls._made(parent / f"session-{secrets.token_hex(8)}")
            if made is not None:
                return made
        raise share_error(f"No private folder in {parent} can be locked.", OSError("somebody else holds its lock"))

    @classmethod
    def _made(cls, path: Path) -> SessionFolder | None:
        """The folder; None if a program that cleans up took it for abandoned before it was locked."""
        try:
            path.mkdir(parents=True)
            try:
                lock = (path / _LOCK).open("a+b")
            except (FileNotFoundError, PermissionError):  # Windows says the latter of a file that is going
                return None
        except OSError as error:
            raise share_error(f"The private folder {path} cannot be made.", error) from error
        if _take(lock) and (path / _LOCK).exists():
            return cls(path, lock)
        lock.close()
        return None

    def new_scene_folder(self) -> Path:
        """A new empty folder for one copy of the scene. Raises ShareError."""
        folder = self._scenes / secrets.token_hex(8)
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise share_error(f"The folder {folder} for a copy of the scene cannot be made.", error) from error
        return folder

    def remove_scene_copies(self) -> None:
        """Remove all copies of scenes; what resists is removed by a later program."""
        shutil.rmtree(self._scenes, ignore_errors=True)

    def remove(self) -> None:
        """Remove the folder and drop the lock, if the journal is empty; otherwise only drop the lock."""
        self.remove_scene_copies()
        with contextlib.suppress(OSError):
            for half_written in self.journal.glob(".*.tmp"):  # by a program that was killed
                half_written.unlink()
            self.journal.rmdir()
        with contextlib.suppress(OSError):
            if {entry.name for entry in self.path.iterdir()} == {_LOCK}:
                self._remove_empty()
        self.leave()

    def leave(self) -> None:
        """Drop the lock."""
        self._lock.close()

    def _remove_empty(self) -> None:
        if os.name == "nt":
            self.leave()  # Windows deletes no open file
        (self.path / _LOCK).unlink()
        self.path.rmdir()


def abandoned(parent: Path) -> Iterator[SessionFolder]:
    """The folders below `parent` whose program is gone, one after the other, each locked by this program meanwhile.

    One without a lock was left by a program that was killed while it made it, or is being made: `make` notices.
    """
    with contextlib.suppress(FileNotFoundError):
        for path in sorted(path for path in parent.iterdir() if _NAME.fullmatch(path.name) and not path.is_symlink()):
            with contextlib.suppress(OSError):
                lock = (path / _LOCK).open("a+b")
                if not _take(lock):
                    lock.close()
                    continue
                folder = SessionFolder(path, lock)
                try:
                    yield folder
                finally:
                    folder.leave()


if sys.platform == "win32":
    import msvcrt

    def _take(lock: IO[bytes]) -> bool:
        """Lock the file for this program, without waiting."""
        try:
            lock.seek(0)
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(lock: IO[bytes]) -> bool:
        """Lock the file for this program, without waiting. A second opening in the same program is refused as well."""
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
