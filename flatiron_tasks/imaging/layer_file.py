"""A layer's file, read once from its beginning to its end and hashed on the way.

Nothing here decodes pixels. A file that is not needed for a while gives its handle back and goes on where it was, so
that a map of thousands of objects does not hold thousands of open files.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.imaging.exr.codec import RawChunk
from flatiron_tasks.imaging.exr.header import FILE_CHANNELS, ExrHeader
from flatiron_tasks.imaging.exr.reader import ExrReader
from flatiron_tasks.imaging.layer import not_a_layer

_BLOCK_BYTES = 1 << 20


class HashedFile:
    """Sequential reading that remembers the hash of all bytes so far. It opens itself when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._digest = hashlib.sha256()
        self._position = 0
        self._file: BinaryIO | None = None

    def read(self, count: int) -> bytes:
        """At most `count` bytes, fewer only at the end.

        Raises RejectedPieceError if the file is missing, ShareError if the share does not give it.
        """
        try:
            if self._file is None:
                self._file = self.path.open("rb")
                self._file.seek(self._position)
            data = self._file.read(count)
        except FileNotFoundError as error:
            raise not_a_layer(self.path, "it is missing") from error
        except OSError as error:
            raise _unreadable(self.path, error) from error
        self._digest.update(data)
        self._position += len(data)
        return data

    def rest(self) -> str:
        """Read to the end and return the SHA-256 (hex) of the whole file."""
        while self.read(_BLOCK_BYTES):
            pass
        return self._digest.hexdigest()

    def size(self) -> int:
        """Size of the file in bytes, as the file system has it now."""
        try:
            return self.path.stat().st_size
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def pause(self) -> None:
        """Give the handle back to the operating system until the next read."""
        if self._file is not None:
            self._file.close()
            self._file = None


class LayerFile:
    """The chunks of one layer from top to bottom.

    With `sha256` (hex, "" for none) the whole file is compared with it when its last chunk has been read. Raises
    RejectedPieceError if the file is no layer of a `width` x `height` map, or another file than that.
    """

    def __init__(self, path: Path, *, width: int, height: int, sha256: str) -> None:
        self._file = HashedFile(path)
        self._sha256 = sha256
        self._row = 0
        try:
            self._reader = ExrReader(self._file, name=path)
        finally:
            self.pause()
        self.header = self._reader.header
        self.size = self._file.size()
        _check(self.header, path, width, height)

    def next_chunk(self) -> RawChunk:
        """The next rows, still compressed; not to be called after the last. Raises RejectedPieceError for damage."""
        chunk = self._reader.next_chunk()
        if chunk is None or chunk.top != self.header.data.top + self._row:
            raise not_a_layer(self._file.path, "its rows are not stored from the top")
        self._row += chunk.rows
        if self._row == self.header.rows:
            self._check_whole()
        return chunk

    def pause(self) -> None:
        """Close the file until the next chunk is asked for."""
        self._file.pause()

    def _check_whole(self) -> None:
        if self._sha256 and self._file.rest() != self._sha256:
            raise not_a_layer(self._file.path, "it is not the file that was verified")
        self.pause()


def _check(header: ExrHeader, path: Path, width: int, height: int) -> None:
    if header.channels != FILE_CHANNELS:
        raise not_a_layer(path, "it is not an OpenEXR file with the channels R, G, B, A")
    left, top, right, bottom = header.display
    if (left, top, right, bottom) != (0, 0, width, height):
        found = f"{right - left}x{bottom - top}"
        raise not_a_layer(path, f"it belongs to a map of {found}, not {width}x{height}")
    left, top, right, bottom = header.data
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise not_a_layer(path, "its data window leaves the map")


def _unreadable(path: Path, error: OSError) -> ShareError:
    return ShareError(f"{path} cannot be read", why=str(error), advice="Check the share and its rights")
