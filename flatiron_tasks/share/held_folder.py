"""A folder held open while its files are deleted, so that nobody can swap it for a link in between.

POSIX has descriptors of folders for that: every name is resolved below the folder that was opened, whatever stands at
its path by then. Python has none on Windows; there every step looks again whether the folder is still the same, which
leaves a window of microseconds. Neither follows a link. Deletes what it is told to; whose files they are is for the
caller.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from flatiron_tasks.share.bounded_read import LARGEST_DESCRIPTION, read_bounded, read_descriptor

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class HeldFolder(Protocol):
    """One open folder. Every method may raise OSError; names are plain names in this folder."""

    def entries(self) -> dict[str, os.stat_result]:
        """Everything in the folder: name and what stands there, links not followed."""
        ...

    def status(self, name: str) -> os.stat_result | None:
        """What stands under a name, link not followed; None if nothing does."""
        ...

    def read(self, name: str, limit: int = LARGEST_DESCRIPTION) -> bytes:
        """The bytes of a file; a link is an error. ContractError for more than `limit`, or for what is no file."""
        ...

    def tail(self, name: str, last: int) -> bytes:
        """So many bytes at the end of a file of any size; a link is an error."""
        ...

    def unlink(self, name: str) -> None:
        """Remove a file."""
        ...

    def rmdir(self, name: str) -> None:
        """Remove an empty folder."""
        ...

    def enter(self, name: str) -> AbstractContextManager[HeldFolder]:
        """Hold a folder in this folder; NotADirectoryError if it is none, or a link."""
        ...


def hold(folder: Path) -> AbstractContextManager[HeldFolder]:
    """Hold a folder by its path; links in this path, the administrator's own, are followed. Raises OSError."""
    if {os.open, os.unlink, os.rmdir, os.stat} <= os.supports_dir_fd:
        return _held_by_descriptor(str(folder), None, 0)
    return held_by_path(folder.resolve(strict=True))


def is_folder(status: os.stat_result) -> bool:
    """Whether it is a folder and no link, mount point or junction of Windows."""
    return stat.S_ISDIR(status.st_mode) and not _is_reparse_point(status)


def is_file(status: os.stat_result) -> bool:
    """Whether it is a regular file."""
    return stat.S_ISREG(status.st_mode) and not _is_reparse_point(status)


class _ByDescriptor:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def entries(self) -> dict[str, os.stat_result]:
        return _existing(self.status, _names(self._descriptor))

    def status(self, name: str) -> os.stat_result | None:
        try:
            return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def read(self, name: str, limit: int = LARGEST_DESCRIPTION) -> bytes:
        descriptor = os.open(name, os.O_RDONLY | _NO_LINK | os.O_NONBLOCK, dir_fd=self._descriptor)
        return read_descriptor(descriptor, limit, source=name)

    def tail(self, name: str, last: int) -> bytes:
        descriptor = os.open(name, os.O_RDONLY | _NO_LINK | os.O_NONBLOCK, dir_fd=self._descriptor)
        with os.fdopen(descriptor, "rb") as file:
            return _end_of(file, last)

    def unlink(self, name: str) -> None:
        os.unlink(name, dir_fd=self._descriptor)

    def rmdir(self, name: str) -> None:
        os.rmdir(name, dir_fd=self._descriptor)

    def enter(self, name: str) -> AbstractContextManager[HeldFolder]:
        return _held_by_descriptor(name, self._descriptor, _NO_LINK)


@contextmanager
def _held_by_descriptor(name: str, parent: int | None, flags: int) -> Iterator[HeldFolder]:
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | flags, dir_fd=parent)
    try:
        yield _ByDescriptor(descriptor)
    finally:
        os.close(descriptor)


class _ByPath:
    def __init__(self, path: Path, identity: tuple[int, int]) -> None:
        self._path = path
        self._identity = identity

    def entries(self) -> dict[str, os.stat_result]:
        self._look_again()
        return _existing(self.status, _names(self._path))

    def status(self, name: str) -> os.stat_result | None:
        try:
            return (self._path / name).lstat()
        except FileNotFoundError:
            return None

    def read(self, name: str, limit: int = LARGEST_DESCRIPTION) -> bytes:
        self._look_again()
        path = self._path / name
        if not is_file(path.lstat()):
            raise FileNotFoundError(f"{path} is not a regular file")
        return read_bounded(path, limit)

    def tail(self, name: str, last: int) -> bytes:
        self._look_again()
        path = self._path / name
        if not is_file(path.lstat()):
            raise FileNotFoundError(f"{path} is not a regular file")
        with path.open("rb") as file:
            return _end_of(file, last)

    def unlink(self, name: str) -> None:
        self._look_again()
        (self._path / name).unlink()

    def rmdir(self, name: str) -> None:
        self._look_again()
        (self._path / name).rmdir()

    def enter(self, name: str) -> AbstractContextManager[HeldFolder]:
        self._look_again()
        return held_by_path(self._path / name)

    def _look_again(self) -> None:
        if _identity(self._path) != self._identity:
            raise NotADirectoryError(f"{self._path} was swapped for something else")


@contextmanager
def held_by_path(path: Path) -> Iterator[HeldFolder]:
    """Hold a folder the way that works everywhere."""
    yield _ByPath(path, _identity(path))


def _end_of(file: BinaryIO, last: int) -> bytes:
    file.seek(max(0, file.seek(0, os.SEEK_END) - last))
    return file.read(last)  # it may grow meanwhile


def _names(folder: Path | int) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def _existing(status: Callable[[str], os.stat_result | None], names: list[str]) -> dict[str, os.stat_result]:
    """Names and what stands there, without those that vanished meanwhile."""
    looked = ((name, status(name)) for name in names)
    return {name: found for name, found in looked if found is not None}


def _identity(path: Path) -> tuple[int, int]:
    status = path.lstat()
    if not is_folder(status):
        raise NotADirectoryError(f"{path} is not a folder")
    return status.st_dev, status.st_ino


def _is_reparse_point(status: os.stat_result) -> bool:
    attributes: int = getattr(status, "st_file_attributes", 0)
    return bool(attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT)
