"""The chunks of an OpenEXR file, one after the other from a stream. Decodes nothing; `codec` does.

Every chunk must be where the offset table says, begin with the number of its first row, be no larger than its samples,
and end where the next one begins. Nothing is repaired: a table that was never filled in means an unfinished file.
"""

from __future__ import annotations

import struct
from pathlib import Path

from flatiron_tasks.imaging.exr.byte_source import ByteSource, ByteStream
from flatiron_tasks.imaging.exr.codec import RawChunk
from flatiron_tasks.imaging.exr.header import damaged
from flatiron_tasks.imaging.exr.header_reader import read_header


class ExrReader:
    """An open OpenEXR file. `file` stands at its beginning and only its `read` is used; `name` is for messages.

    Raises RejectedPieceError if header or offset table are damaged or incomplete, UnsupportedExrError (one of them)
    for a form that is not read here.
    """

    def __init__(self, file: ByteStream, *, name: Path) -> None:
        self._name = name
        self._source = ByteSource(file, name)
        self.header = read_header(self._source, name)
        count = self.header.chunk_count
        self._offsets = struct.unpack(f"<{count}Q", self._source.take(8 * count))
        self._file_order = sorted(range(count), key=self._offsets.__getitem__)
        self._taken = 0
        if self._offsets[self._file_order[0]] != self._source.position:
            raise damaged(name, "its offset table is not complete: the file was never finished, or is damaged")

    def next_chunk(self) -> RawChunk | None:
        """The next chunk in the file's order, which need not be from the top; None at the end of the file.

        Raises RejectedPieceError if the chunk is cut off, is not the one of the offset table, or if anything follows
        the last one.
        """
        if self._taken == len(self._file_order):
            if not self._source.at_end():
                raise damaged(self._name, "something follows its last rows")
            return None
        index = self._file_order[self._taken]
        self._taken += 1
        rows = self.header.chunk_rows(index)
        row, size = struct.unpack("<2i", self._source.take(8))
        top = self.header.data.top + index * self.header.rows_per_chunk
        if row != top or not 0 < size <= self.header.chunk_bytes(rows):
            raise damaged(self._name, f"where row {top} should begin, it holds {size} bytes of row {row}")
        self._check_end(self._source.position + size)
        return RawChunk(index, top, rows, self._source.take(size), self._name)

    def _check_end(self, end: int) -> None:
        """Chunks lie one behind the other."""
        if self._taken < len(self._file_order) and self._offsets[self._file_order[self._taken]] != end:
            raise damaged(self._name, "its chunks are not where its offset table says")
