"""Writing an OpenEXR file of R, G, B and perhaps A: single part, scan lines, ZIP, chunks from top to bottom.

The bytes depend on the arguments alone: no date, no name of a program. The file appears under its name when the caller
says so; this module only fills an open one.
"""

from __future__ import annotations

import struct
from collections.abc import Container, Mapping
from typing import BinaryIO

import numpy as np

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.imaging.exr import codec
from flatiron_tasks.imaging.exr.header import FILE_CHANNELS, MAGIC, VERSION, Box, ExrHeader
from flatiron_tasks.imaging.planes import Planes

_MAX_NAME = 31
_COMPRESSION_CODE = 3
_TYPE_CODES = {"half": 1, "float": 2}
_DTYPES = {"half": np.float16, "float": np.float32}


class ExrWriter:
    """Fills `file`, which is open for writing, seekable and empty: header now, then chunks, then `finish`.

    The first chunk begins at the top of `data`; every chunk but the last has 16 rows. Without `alpha` there is no
    channel A. `attributes` become attributes of the type string, e.g. {"comments": …}.

    Raises BadInputError if an attribute's name cannot stand in the file.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        display: Box,
        data: Box,
        pixel_type: str,
        attributes: Mapping[str, str],
        alpha: bool = True,
    ) -> None:
        channels = FILE_CHANNELS if alpha else FILE_CHANNELS[1:]
        self.header = ExrHeader(display, data, channels, pixel_type, "zip", dict(attributes))
        self._file = file
        head = _header_bytes(self.header)
        self._table_at = len(head)
        self._offsets: list[int] = []
        file.write(head)
        file.write(bytes(8 * self.header.chunk_count))  # the table, one write, as `finish` writes it again
        self._position = len(head) + 8 * self.header.chunk_count

    def encode(self, planes: Planes) -> bytes:
        """The payload of one chunk: planes (channels, rows, width), R first, of the file's type. Thread-safe."""
        heights = (self.header.chunk_rows(0), self.header.chunk_rows(self.header.chunk_count - 1))
        shapes = [(len(self.header.channels), rows, self.header.width) for rows in heights]
        if planes.dtype != _DTYPES[self.header.pixel_type] or planes.shape not in shapes:
            raise BadInputError(
                f"Samples {planes.shape} of {planes.dtype} are no chunk of this file",
                why=f"its chunks are 16 rows of {self.header.width} texels of {self.header.pixel_type}",
                advice="Cut the rows on the grid of chunks",
            )
        return codec.encode(planes)

    def append(self, payload: bytes) -> None:
        """Write the next chunk from the top."""
        row = self.header.data.top + len(self._offsets) * self.header.rows_per_chunk
        self._offsets.append(self._position)
        self._file.write(struct.pack("<2i", row, len(payload)))
        self._file.write(payload)
        self._position += 8 + len(payload)

    def finish(self) -> None:
        """Write the offset table; the file is complete then. Neither flushes nor closes it.

        Raises BadInputError if a chunk is missing or too many.
        """
        if len(self._offsets) != self.header.chunk_count:
            raise BadInputError(
                f"An OpenEXR file of {self.header.chunk_count} chunks got {len(self._offsets)}",
                advice="Write every row of the data window once",
            )
        self._file.seek(self._table_at)
        self._file.write(struct.pack(f"<{len(self._offsets)}Q", *self._offsets))
        self._file.seek(self._position)


def _header_bytes(header: ExrHeader) -> bytes:
    """Magic number, version and attributes in alphabetical order."""
    required = _required(header)
    attributes = {**_strings(header.attributes, taken=required), **required}
    listed = b"".join(_attribute(name, *attributes[name]) for name in sorted(attributes))
    return struct.pack("<iI", MAGIC, VERSION) + listed + b"\0"


def _required(header: ExrHeader) -> dict[str, tuple[str, bytes]]:
    code = _TYPE_CODES[header.pixel_type]
    channels = b"".join(name.encode() + struct.pack("<B4i", 0, code, 0, 1, 1) for name in header.channels)
    return {
        "channels": ("chlist", channels + b"\0"),
        "compression": ("compression", bytes([_COMPRESSION_CODE])),
        "dataWindow": ("box2i", _window(header.data)),
        "displayWindow": ("box2i", _window(header.display)),
        "lineOrder": ("lineOrder", b"\0"),
        "pixelAspectRatio": ("float", struct.pack("<f", 1)),
        "screenWindowCenter": ("v2f", struct.pack("<2f", 0, 0)),
        "screenWindowWidth": ("float", struct.pack("<f", 1)),
    }


def _window(box: Box) -> bytes:
    return struct.pack("<4i", box.left, box.top, box.right - 1, box.bottom - 1)


def _strings(attributes: Mapping[str, str], *, taken: Container[str]) -> dict[str, tuple[str, bytes]]:
    for name in attributes:
        if name in taken or not (name.isascii() and name.isprintable() and 0 < len(name) <= _MAX_NAME):
            raise BadInputError(
                f"{name!r} cannot be the name of a text in an OpenEXR file",
                advice=f"Use 1 to {_MAX_NAME} ASCII characters, and no name of the format itself",
            )
    return {name: ("string", text.encode("utf-8")) for name, text in attributes.items()}


def _attribute(name: str, kind: str, data: bytes) -> bytes:
    return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(data)) + data
