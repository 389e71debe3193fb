"""A file that is read once, from the front, and hashed on the way, so that what is used is what was verified.

Says what was read; whether that is the right file is the caller's to judge.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from flatiron_tasks.contracts.errors import ShareError

_BLOCK_BYTES = 1 << 20
_OPEN_DESCRIPTORS = Path("/proc/self/fd")  # Linux: open files by number, also those that have no name


class VerifiedFile:
    """The bytes of the file at `path`, never more than one beyond `size`. Use it as a context manager.

    Raises FileNotFoundError if it is not there, ShareError if it cannot be read now.
    """

    def __init__(self, path: Path, *, size: int) -> None:
        self.path = path
        self._size = size
        try:
            self._file = path.open("rb")
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._unreadable(error) from error
        self._restart()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end. Raises ShareError."""
        try:
            data = self._file.read(min(size, self._size + 1 - self._position))
        except OSError as error:
            raise self._unreadable(error) from error
        self._digest.update(data)
        self._position += len(data)
        return data

    def difference(self, sha256: str) -> str:
        """Read what is left, and say how the file differs from the one of this size and hash (hex); "" if it does not.

        The words continue "its receipt says".
        """
        while self.read(_BLOCK_BYTES):
            pass
        if self._position != self._size:
            found = f"only {self._position}" if self._position < self._size else "more"
            return f"{self._size} bytes, the file has {found}"
        found = self._digest.hexdigest()
        return "" if found == sha256.lower() else f"a SHA-256 of {sha256[:12]}…, that of the file is {found[:12]}…"

    @contextmanager
    def copied(self) -> Iterator[Path]:
        """A private copy of the whole file, read from its beginning again, for a decoder that wants a path.

        On Linux it has no name of its own and ends with this process, however that ends. Raises ShareError.
        """
        if _OPEN_DESCRIPTORS.is_dir():
            with tempfile.TemporaryFile() as copy:
                self._copy_to(copy)
                yield _OPEN_DESCRIPTORS / str(copy.fileno())
            return
        with tempfile.TemporaryDirectory(prefix="flatiron-") as folder:
            path = Path(folder, "copy")
            with path.open("wb") as copy:
                self._copy_to(copy)
            yield path

    def _copy_to(self, copy: BinaryIO) -> None:
        self._restart()
        while data := self.read(_BLOCK_BYTES):
            try:
                copy.write(data)
                copy.flush()
            except OSError as error:
                raise ShareError(
                    f"{self.path} cannot be copied to the local disk",
                    why=str(error),
                    advice="Check the free space of this machine's temporary folder",
                ) from error

    def _restart(self) -> None:
        self._file.seek(0)
        self._digest = hashlib.sha256()
        self._position = 0

    def _unreadable(self, error: OSError) -> ShareError:
        return ShareError(f"{self.path} cannot be read", why=str(error), advice="Check the share and its rights")
