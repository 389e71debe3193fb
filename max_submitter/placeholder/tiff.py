"""TIFF 6.0, little endian, 8 or 16 bits or float, one deflated strip per row. Every distinct row is deflated once.

Equal strips repeat their bytes rather than share an offset: readers need not cope with data that is referenced twice
(TIFF 6.0, section 7, "No Duplicate Pointers"). The directory and the mark come first in the file.
"""

from __future__ import annotations

import struct
import zlib
from itertools import accumulate

from max_submitter.placeholder.palette import Colours
from max_submitter.placeholder.picture import Picture, row_bytes

_SAMPLE = {"uint8": (8, "B", 1), "uint16": (16, "H", 1), "float": (32, "f", 3)}  # bits, struct code, SampleFormat
_ASCII, _SHORT, _LONG = 2, 3, 4
_TYPE_CODE = {_SHORT: "H", _LONG: "I"}
_HEADER_SIZE = 8
_ENTRY_SIZE = 12
_ADOBE_DEFLATE = 8
_RGB = 2
_UNASSOCIATED_ALPHA = 2

_Entry = tuple[int, int, int, bytes]
"""Tag, type, number of values, their bytes."""


def encode(picture: Picture, colours: Colours, pixel_type: str, mark: str) -> bytes:
    """Return the file; the mark is ImageDescription."""
    channels = len(colours[0])
    code = _SAMPLE[pixel_type][1]
    texels = [struct.pack(f"<{channels}{code}", *colour) for colour in colours]
    strips = [zlib.compress(row_bytes(row, texels)) for row in picture.rows]
    sizes = [len(strips[row]) for row, count in picture.runs for _ in range(count)]
    # The directory's own size does not depend on the offsets' values, so it is written twice.
    start = len(_directory(picture, channels, pixel_type, mark, sizes, start=0))
    directory = _directory(picture, channels, pixel_type, mark, sizes, start=start)
    return directory + b"".join([strips[row] * count for row, count in picture.runs])


def _directory(picture: Picture, channels: int, pixel_type: str, mark: str, sizes: list[int], *, start: int) -> bytes:
    """Return everything before the strips, which begin at byte `start`."""
    bits, _, sample_format = _SAMPLE[pixel_type]
    offsets = list(accumulate(sizes[:-1], initial=start))
    description = mark.encode("ascii") + b"\0"
    entries = [
        _numbers(256, _LONG, picture.width),
        _numbers(257, _LONG, picture.height),
        _numbers(258, _SHORT, *[bits] * channels),
        _numbers(259, _SHORT, _ADOBE_DEFLATE),
        _numbers(262, _SHORT, _RGB),
        (270, _ASCII, len(description), description),
        _numbers(273, _LONG, *offsets),
        _numbers(274, _SHORT, 1),  # first row on top, first column on the left
        _numbers(277, _SHORT, channels),
        _numbers(278, _LONG, 1),  # rows per strip
        _numbers(279, _LONG, *sizes),
        _numbers(284, _SHORT, 1),  # channels interleaved
        *([_numbers(338, _SHORT, _UNASSOCIATED_ALPHA)] if channels == 4 else []),
        _numbers(339, _SHORT, *[sample_format] * channels),
    ]
    return _serialise(entries)


def _numbers(tag: int, kind: int, *values: int) -> _Entry:
    return tag, kind, len(values), struct.pack(f"<{len(values)}{_TYPE_CODE[kind]}", *values)


def _serialise(entries: list[_Entry]) -> bytes:
    """Header, directory, then the values longer than four bytes, on even offsets."""
    table = b""
    values = b""
    values_at = _HEADER_SIZE + 2 + _ENTRY_SIZE * len(entries) + 4
    for tag, kind, count, content in entries:
        place = content.ljust(4, b"\0")
        if len(content) > 4:
            place = struct.pack("<I", values_at + len(values))
            values += content + b"\0" * (len(content) % 2)
        table += struct.pack("<HHI", tag, kind, count) + place
    return b"II*\0" + struct.pack("<IH", _HEADER_SIZE, len(entries)) + table + bytes(4) + values
