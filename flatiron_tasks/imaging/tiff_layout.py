"""Where things stand in a TIFF file: its header, and the directory that says what the strips are. No pixels.

Little endian, one image, classic or BigTIFF. Source: TIFF, Revision 6.0 (Adobe 1992), section 2; "The BigTIFF File
Format" (AWare Systems 2007).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

_TEXT, _SHORT, _LONG, _LONG8 = 2, 3, 4, 16
_CODES = {_SHORT: "H", _LONG: "I", _LONG8: "Q"}


class Field(NamedTuple):
    """One entry of the directory: its tag, the code of its type, how many values, and their bytes."""

    tag: int
    kind: int
    length: int
    data: bytes


def text(tag: int, value: str) -> Field:
    """An ASCII text."""
    data = value.encode("ascii") + b"\0"
    return Field(tag, _TEXT, len(data), data)


def short(tag: int, *values: int) -> Field:
    """Numbers below 2^16."""
    return _numbers(tag, _SHORT, values)


def long(tag: int, *values: int) -> Field:
    """Numbers below 2^32."""
    return _numbers(tag, _LONG, values)


def _numbers(tag: int, kind: int, values: Sequence[int]) -> Field:
    return Field(tag, kind, len(values), struct.pack(f"<{len(values)}{_CODES[kind]}", *values))


class TiffLayout:
    """The classic form, whose offsets end at 4 GiB, or the `big` one."""

    def __init__(self, *, big: bool) -> None:
        self._big = big
        self._number = "Q" if big else "I"
        self._inline = 8 if big else 4  # bytes of values that stand in the entry itself
        self.header_bytes = 16 if big else 8

    def header(self, directory_at: int) -> bytes:
        """What the file begins with."""
        if self._big:
            return struct.pack("<2sHHHQ", b"II", 43, 8, 0, directory_at)
        return struct.pack("<2sHI", b"II", 42, directory_at)

    def offsets(self, tag: int, values: Sequence[int]) -> Field:
        """Places in the file."""
        return _numbers(tag, _LONG8 if self._big else _LONG, values)

    def directory(self, fields: Sequence[Field], at: int) -> bytes:
        """The directory of a file's only image, for the place `at`, which is a multiple of 8. Values follow it."""
        count = struct.pack("<Q" if self._big else "<H", len(fields))
        size = len(count) + len(fields) * (4 + 2 * self._inline) + self._inline
        entries, values = b"", b""
        for field in sorted(fields):
            data = field.data
            if len(data) > self._inline:
                place = at + size + len(values)
                values += data + bytes(-len(data) % 8)
                data = struct.pack(f"<{self._number}", place)
            entries += struct.pack(f"<HH{self._number}", field.tag, field.kind, field.length)
            entries += data.ljust(self._inline, b"\0")
        return count + entries + bytes(self._inline) + values
