"""Minimal OpenEXR files in plain Python, so that a renderer of the tests needs nothing installed."""

from __future__ import annotations

import struct

_TYPES = {"half": (1, 2), "float": (2, 4)}


def exr_bytes(
    width: int,
    height: int,
    row_begin: int,
    row_end: int,
    *,
    pixel_type: str = "half",
    channels: str = "ABGR",
    sampling: int = 1,
    version: int = 2,
    compression: int = 0,
) -> bytes:
    """An uncompressed file of one part: display window = the map, data window = the rows [row_begin, row_end)."""
    code, bytes_each = _TYPES[pixel_type]
    listed = b"".join(name.encode() + struct.pack("<B4i", 0, code, 0, sampling, sampling) for name in channels)
    header = struct.pack("<iI", 20000630, version) + b"".join(
        name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(data)) + data
        for name, kind, data in (
            ("channels", "chlist", listed + b"\0"),
            ("compression", "compression", bytes([compression])),
            ("dataWindow", "box2i", struct.pack("<4i", 0, row_begin, width - 1, row_end - 1)),
            ("displayWindow", "box2i", struct.pack("<4i", 0, 0, width - 1, height - 1)),
            ("lineOrder", "lineOrder", b"\0"),
            ("pixelAspectRatio", "float", struct.pack("<f", 1)),
            ("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0)),
            ("screenWindowWidth", "float", struct.pack("<f", 1)),
        )
    )
    row = bytes(width * len(channels) * bytes_each)
    start = len(header) + 1 + 8 * (row_end - row_begin)
    offsets = [start + index * (8 + len(row)) for index in range(row_end - row_begin)]
    table = struct.pack(f"<{len(offsets)}Q", *offsets)
    chunks = b"".join(struct.pack("<2i", y, len(row)) + row for y in range(row_begin, row_end))
    return header + b"\0" + table + chunks
