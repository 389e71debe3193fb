"""A file that remembers what was written where, so that reading it back can find any other byte.

Knows nothing about images, places or names; `output_file` does the rest.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from zlib_ng import zlib_ng

_BLOCK_BYTES = 1 << 20


class WrittenPart(NamedTuple):
    """One write: its length in bytes and the CRC-32 of its data."""

    length: int
    crc: int


class RecordedFile(io.BufferedWriter):
    """A new file that is written part by part. What is written again must be exactly one of the parts before."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path, "w"))
        self.parts: dict[int, WrittenPart] = {}
        """The last write at every offset."""
        self._position = 0

    def write(self, data: Any, /) -> int:
        """Write `data`, a contiguous buffer, at the present position."""
        length = super().write(data)
        if length:
            self.parts[self._position] = WrittenPart(length, zlib_ng.crc32(data))
        self._position += length
        return length

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go on writing elsewhere."""
        self._position = super().seek(offset, whence)
        return self._position


def sha256_of(file: BinaryIO, parts: dict[int, WrittenPart] | None = None) -> str | None:
    """The SHA-256 (hex) of a file that stands at its beginning; None if it is not made of exactly these `parts`.

    Parts that overlap or leave gaps make no file. Without `parts` any file will do.
    """
    digest = hashlib.sha256()
    if parts is None:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
        return digest.hexdigest()
    position = 0
    for offset, part in sorted(parts.items()):
        if offset != position or _part_read(file, part.length, digest) != part:
            return None
        position += part.length
    return None if file.read(1) else digest.hexdigest()


def _part_read(file: BinaryIO, length: int, digest: Any) -> WrittenPart:
    """What is read of the next `length` bytes."""
    found = WrittenPart(0, 0)
    while block := file.read(min(_BLOCK_BYTES, length - found.length)):
        digest.update(block)
        found = WrittenPart(found.length + len(block), zlib_ng.crc32(block, found.crc))
    return found
