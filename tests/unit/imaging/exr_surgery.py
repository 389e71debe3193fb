"""Finding and replacing bytes of sound OpenEXR files, for files that nobody should write."""

from __future__ import annotations

import struct


def value_at(data: bytes, name: str, kind: str) -> int:
    """Where the value of an attribute begins."""
    key = name.encode() + b"\0" + kind.encode() + b"\0"
    return data.index(key) + len(key) + 4


def put(data: bytes, at: int, new: bytes) -> bytes:
    """`data` with `new` in the place of what is at `at`."""
    return data[:at] + new + data[at + len(new) :]


def table_at(data: bytes) -> int:
    """Where the offset table begins: behind the header's last attribute."""
    at = 8
    while data[at]:
        for _ in range(2):
            at = data.index(b"\0", at) + 1
        at += 4 + struct.unpack_from("<i", data, at)[0]
    return at + 1


def offsets(data: bytes) -> list[int]:
    """The offset table; its first entry tells where it ends, since chunks follow in order."""
    at = table_at(data)
    count = (struct.unpack_from("<Q", data, at)[0] - at) // 8
    return list(struct.unpack_from(f"<{count}Q", data, at))
