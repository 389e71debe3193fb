"""OpenEXR scan lines, half or float, one zip-compressed chunk per row. Every distinct row is compressed once.

Chunks of equal rows differ in nothing but the y coordinate before them. OpenEXR's byte reordering and prediction are
done per span of equal texels, not per byte: in pure Python that is the difference between milliseconds and seconds.
Sources: "OpenEXR File Layout" and ImfZip.cpp.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from itertools import accumulate

from max_submitter.placeholder.palette import Colours
from max_submitter.placeholder.picture import Picture, Row

_MAGIC_AND_VERSION = b"\x76\x2f\x31\x01\2\0\0\0"
_ZIPS = 2  # zip, one row per chunk
_SAMPLE = {"half": ("e", 1), "float": ("f", 2)}  # struct code, OpenEXR pixel type
_CHUNK_HEADER_SIZE = 8

_Span = tuple[bytes, int]
"""Some bytes and how often they repeat."""


def encode(picture: Picture, colours: Colours, pixel_type: str, mark: str) -> bytes:
    """Return the file; the mark is the string attribute `comments`."""
    code, exr_type = _SAMPLE[pixel_type]
    channels = ("R", "G", "B", "A")[: len(colours[0])]
    planes = [
        [struct.pack(f"<{code}", colour[channels.index(name)]) for colour in colours] for name in sorted(channels)
    ]
    rows = [_compressed(row, planes) for row in picture.rows]
    sizes = [struct.pack("<i", len(row)) + row for row in rows]
    lines = [sizes[row] for row, count in picture.runs for _ in range(count)]
    header = _header(picture, sorted(channels), exr_type, mark)
    first = len(header) + 8 * picture.height
    offsets = accumulate((len(line) + 4 for line in lines[:-1]), initial=first)
    table = struct.pack(f"<{picture.height}Q", *offsets)
    return header + table + b"".join([struct.pack("<i", y) + line for y, line in enumerate(lines)])


def _header(picture: Picture, channels: list[str], exr_type: int, mark: str) -> bytes:
    window = struct.pack("<4i", 0, 0, picture.width - 1, picture.height - 1)
    listed = b"".join(name.encode() + b"\0" + struct.pack("<iB3xii", exr_type, 0, 1, 1) for name in channels)
    attributes = [
        _attribute("channels", "chlist", listed + b"\0"),
        _attribute("compression", "compression", bytes([_ZIPS])),
        _attribute("dataWindow", "box2i", window),
        _attribute("displayWindow", "box2i", window),
        _attribute("lineOrder", "lineOrder", b"\0"),
        _attribute("pixelAspectRatio", "float", struct.pack("<f", 1)),
        _attribute("screenWindowCenter", "v2f", bytes(8)),
        _attribute("screenWindowWidth", "float", struct.pack("<f", 1)),
        _attribute("comments", "string", mark.encode("ascii")),
    ]
    return _MAGIC_AND_VERSION + b"".join(attributes) + b"\0"


def _attribute(name: str, kind: str, value: bytes) -> bytes:
    return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(value)) + value


def _compressed(row: Row, planes: list[list[bytes]]) -> bytes:
    """Compress one row, channel after channel; it stays plain if that is not longer."""
    spans = [(plane[role], length) for plane in planes for role, length in row]
    plain = b"".join([texel * length for texel, length in spans])
    packed = zlib.compress(_predicted(_bytes_apart(spans)))
    return packed if len(packed) < len(plain) else plain


def _bytes_apart(spans: list[_Span]) -> list[_Span]:
    """Reorder: all even bytes of the row, then all odd ones. Samples have an even size, so spans stay spans."""
    return [(texel[half::2], length) for half in (0, 1) for texel, length in spans]


def _predicted(spans: list[_Span]) -> bytes:
    """Replace every byte by its difference to the byte before, plus 128; the very first byte stays."""
    parts = []
    before = 128
    for pattern, length in spans:
        parts.append(_differences(pattern, before))
        parts.append(_differences(pattern, pattern[-1]) * (length - 1))
        before = pattern[-1]
    return b"".join(parts)


@lru_cache(maxsize=1024)  # few colours, so few different neighbours
def _differences(pattern: bytes, before: int) -> bytes:
    return bytes([(now - then + 128) & 0xFF for then, now in zip((before, *pattern[:-1]), pattern, strict=True)])
