"""Is a file a whole OpenEXR piece of the planned shape? Header, chunk table and chunk borders, with struct alone.

Decodes no pixels: whether they can be decoded is for the merge's verification gate. Takes what the gate takes: one
part, one level, scan lines or tiles, R, G, B and A. Layout: "OpenEXR File Layout" of the OpenEXR documentation.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from flatiron_tasks.contracts.errors import RejectedPieceError
from flatiron_tasks.contracts.node_task import TaskOutput

MAGIC = 20000630
_TILED, _DEEP, _MULTIPART = 0x200, 0x800, 0x1000
_MAX_NAME = 255
_MAX_ATTRIBUTE = 1 << 20
_ROWS_PER_CHUNK = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256}  # by compression
_PIXEL_TYPES = {0: "uint", 1: "half", 2: "float"}
_CHANNELS = ("A", "B", "G", "R")  # a header lists them in alphabetical order


class _FlawError(ValueError):
    """What is wrong, before the file's name is added."""


@dataclass(frozen=True)
class _Window:
    x_min: int
    y_min: int
    x_max: int
    y_max: int

    def __str__(self) -> str:
        return f"columns {self.x_min} to {self.x_max}, rows {self.y_min} to {self.y_max}"


def check_piece(path: Path, planned: TaskOutput) -> None:
    """Refuse a file that is not a complete piece as planned. Raises RejectedPieceError, or OSError."""
    try:
        with path.open("rb") as file:
            _check(file, os.fstat(file.fileno()).st_size, planned)
    except (_FlawError, struct.error) as flaw:
        why = str(flaw) if isinstance(flaw, _FlawError) else "it ends inside its header or chunk table"
        raise RejectedPieceError(
            f"{path.name} ({planned.element}) is not a valid piece.", why=why, advice="Render this task again."
        ) from flaw


def _check(file: BinaryIO, size: int, planned: TaskOutput) -> None:
    magic, version = _unpack(file, "<iI")
    if magic != MAGIC:
        raise _FlawError("it is not an OpenEXR file")
    if version & 0xFF != 2 or version & (_DEEP | _MULTIPART):
        raise _FlawError("it is a deep, multi-part or unknown kind of OpenEXR file")
    header = dict(_attributes(file))
    window = _check_windows(header, planned)
    _check_channels(header, planned.pixel_type)
    expected = _tiles(header, window) if version & _TILED else _scan_line_chunks(header, window)
    _check_chunks(file, size, list(expected))


def _attributes(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    while name := _text(file):
        _text(file)  # the type follows from the name
        (length,) = _unpack(file, "<i")
        if not 0 <= length <= _MAX_ATTRIBUTE:
            raise _FlawError(f"the header's {name} claims {length} bytes")
        data = file.read(length)
        if len(data) != length:
            raise _FlawError("it ends inside its header")
        yield name, data


def _check_windows(header: dict[str, bytes], planned: TaskOutput) -> _Window:
    display, data = (_Window(*struct.unpack("<4i", _need(header, name))) for name in ("displayWindow", "dataWindow"))
    if display != _Window(0, 0, planned.width - 1, planned.height - 1):
        raise _FlawError(f"its display window is {display}; the map has {planned.width} x {planned.height} texels")
    columns = 0 <= data.x_min <= data.x_max < planned.width
    rows = planned.row_begin <= data.y_min <= data.y_max < planned.row_end
    if not (columns and rows):
        raise _FlawError(
            f"its data window, {data}, leaves the strip of rows {planned.row_begin} to {planned.row_end - 1}"
        )
    return data


def _check_channels(header: dict[str, bytes], pixel_type: str) -> None:
    found = list(_channels(_need(header, "channels")))
    if tuple(name for name, *_ in found) != _CHANNELS:
        raise _FlawError(f"its channels are {', '.join(name for name, *_ in found)}; R, G, B, A are needed")
    for name, kind, *sampling in found:
        if _PIXEL_TYPES.get(kind) != pixel_type or sampling != [1, 1]:
            raise _FlawError(f"channel {name} does not hold {pixel_type} pixels at every texel")


def _channels(data: bytes) -> Iterator[tuple[str, int, int, int]]:
    while data[:1] not in (b"", b"\0"):
        name, _, data = data.partition(b"\0")
        kind, _, x_sampling, y_sampling = struct.unpack("<4i", data[:16])
        data = data[16:]
        yield name.decode("latin-1"), kind, x_sampling, y_sampling


def _scan_line_chunks(header: dict[str, bytes], window: _Window) -> Iterator[tuple[int, ...]]:
    """What each chunk begins with: its first row."""
    compression = _need(header, "compression")[0]
    if compression not in _ROWS_PER_CHUNK:
        raise _FlawError(f"its compression ({compression}) is unknown")
    return ((row,) for row in range(window.y_min, window.y_max + 1, _ROWS_PER_CHUNK[compression]))


def _tiles(header: dict[str, bytes], window: _Window) -> Iterator[tuple[int, ...]]:
    """What each chunk begins with: column and row of its tile, and its level, 0 in both directions."""
    width, height, mode = struct.unpack("<IIB", _need(header, "tiles"))
    if mode & 0x0F or not width or not height:
        raise _FlawError("it holds several levels of detail")
    columns = (window.x_max - window.x_min) // width + 1
    rows = (window.y_max - window.y_min) // height + 1
    return ((column, row, 0, 0) for row in range(rows) for column in range(columns))


def _check_chunks(file: BinaryIO, size: int, expected: list[tuple[int, ...]]) -> None:
    """Every chunk lies inside the file, behind the table, and is the one the table says."""
    offsets = _unpack(file, f"<{len(expected)}Q") if 8 * len(expected) <= size else ()
    table_end = file.tell()
    if len(offsets) != len(expected):
        raise _FlawError("it ends inside its chunk table")
    for offset, place in zip(offsets, expected, strict=True):
        if not table_end <= offset < size:
            raise _FlawError("a chunk was never written")
        file.seek(offset)
        *found, length = _unpack(file, f"<{len(place) + 1}i")
        if tuple(found) != place or not 0 < length <= size - file.tell():
            raise _FlawError("a chunk is cut off or not where the table says")


def _unpack(file: BinaryIO, layout: str) -> tuple[int, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))


def _text(file: BinaryIO) -> str:
    letters = bytearray()
    while (letter := file.read(1)) not in (b"\0", b""):
        letters += letter
        if len(letters) > _MAX_NAME:
            raise _FlawError("its header holds a name that is too long")
    if not letter:
        raise _FlawError("it ends inside its header")
    return letters.decode("latin-1")


def _need(header: dict[str, bytes], name: str) -> bytes:
    if not header.get(name):
        raise _FlawError(f"its header has no {name}")
    return header[name]
