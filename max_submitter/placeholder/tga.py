"""Truevision TGA, true colour, run-length encoded, 24 or 32 bits. Every distinct row is encoded once.

Rows go from the bottom to the top, the one order that every reader takes; packets never cross rows (TGA 2.0, 1989).
"""

from __future__ import annotations

import struct

from max_submitter.placeholder.palette import Colours
from max_submitter.placeholder.picture import Picture, Row

_RLE_TRUE_COLOUR = 10
_LONGEST_PACKET = 128


def encode(picture: Picture, colours: Colours, pixel_type: str, mark: str) -> bytes:
    """Return the file; the mark is the image id field. TGA has one pixel type, `uint8`."""
    del pixel_type
    alpha_bits = 8 if len(colours[0]) == 4 else 0
    header = struct.pack(
        "<BBB5xHHHHBB", len(mark), 0, _RLE_TRUE_COLOUR, 0, 0, picture.width, picture.height, 24 + alpha_bits, alpha_bits
    )
    texels = [struct.pack(f"{len(colour)}B", *_stored_order(colour)) for colour in colours]
    rows = [_packets(row, texels) for row in picture.rows]
    return header + mark.encode("ascii") + b"".join([rows[row] * count for row, count in reversed(picture.runs)])


def _stored_order(colour: tuple[float, ...]) -> tuple[float, ...]:
    red, green, blue, *alpha = colour
    return (blue, green, red, *alpha)


def _packets(row: Row, texels: list[bytes]) -> bytes:
    """Run-length packets: a byte of 128 + count - 1, then the texel."""
    packets = []
    for role, length in row:
        full, rest = divmod(length, _LONGEST_PACKET)
        packets.append((b"\xff" + texels[role]) * full)
        if rest:
            packets.append(bytes([_LONGEST_PACKET + rest - 1]) + texels[role])
    return b"".join(packets)
