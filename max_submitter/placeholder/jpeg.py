"""Baseline JPEG, 4:4:4, of blocks that have no detail (ITU-T T.81). Every distinct row of blocks is encoded once.

The picture must be drawn on a grid of `BLOCK` texels, so every block is its mean colour: one DC coefficient and an
end-of-block code. A restart marker after each row of blocks makes the rows independent of each other.
"""

from __future__ import annotations

import struct

from max_submitter.placeholder.palette import Colours
from max_submitter.placeholder.picture import Picture, Row

BLOCK = 8

_START, _END = b"\xff\xd8", b"\xff\xd9"
_RESTARTS = [bytes([0xFF, 0xD0 + number]) for number in range(8)]
_JFIF = b"JFIF\0\1\1\0\0\1\0\1\0\0"

# A block's DC coefficient is eight times its mean; this quantiser makes it the mean itself.
_QUANTISER = bytes([8]) * 64

# Huffman tables of our own: "no change" is by far the most frequent, and AC knows only the end of block.
# First how many codes there are of each length 1 to 16, then their symbols.
_DC_TABLE = bytes([1, 0, 0, 7, 1, *[0] * 11]) + bytes(range(9))
_DC_CODES = ("0", "1000", "1001", "1010", "1011", "1100", "1101", "1110", "11110")
_AC_TABLE = bytes([1, *[0] * 15]) + b"\0"
_END_OF_BLOCK = "0"
_SAME_AGAIN = (_DC_CODES[0] + _END_OF_BLOCK) * 3

_Means = tuple[int, int, int]
"""Y, Cb, Cr of a block, each -128 to 127."""


def encode(picture: Picture, colours: Colours, pixel_type: str, mark: str) -> bytes:
    """Return the file; the mark is a comment segment. JPEG has one pixel type, `uint8`, and no alpha."""
    del pixel_type
    means = [_means(*colour) for colour in colours]
    rows = [_entropy_coded(row, means) for row in picture.rows]
    # Blocks at the bottom may stick out of the image.
    sequence = [rows[row] for row, count in picture.runs for _ in range(-(-count // BLOCK))]
    body = [coded + _RESTARTS[number % 8] for number, coded in enumerate(sequence[:-1])]
    return _headers(picture, mark) + b"".join(body) + sequence[-1] + _END


def _headers(picture: Picture, mark: str) -> bytes:
    """Return everything before the first coded row."""
    components = b"".join(bytes([component, 0x11, 0]) for component in (1, 2, 3))
    frame = struct.pack(">BHHB", 8, picture.height, picture.width, 3) + components
    scan = b"\3" + b"".join(bytes([component, 0]) for component in (1, 2, 3)) + bytes([0, 63, 0])
    segments = [
        _segment(0xE0, _JFIF),
        _segment(0xFE, mark.encode("ascii")),
        _segment(0xDB, b"\0" + _QUANTISER),
        _segment(0xC0, frame),
        _segment(0xC4, b"\x00" + _DC_TABLE),
        _segment(0xC4, b"\x10" + _AC_TABLE),
        _segment(0xDD, struct.pack(">H", -(-picture.width // BLOCK))),  # restart interval: one row of blocks
        _segment(0xDA, scan),
    ]
    return _START + b"".join(segments)


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _means(red: float, green: float, blue: float) -> _Means:
    """JFIF's YCbCr (ITU-R BT.601, full range), shifted to be centred on zero."""
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return round(luma - 128), round((blue - luma) / 1.772), round((red - luma) / 1.402)


def _entropy_coded(row: Row, means: list[_Means]) -> bytes:
    bits = []
    before: _Means = (0, 0, 0)  # a restart resets the prediction
    for role, length in row:
        changes = [now - then for now, then in zip(means[role], before, strict=True)]
        bits.append("".join(_change(change) + _END_OF_BLOCK for change in changes))
        bits.append(_SAME_AGAIN * (-(-length // BLOCK) - 1))
        before = means[role]
    return _packed("".join(bits))


def _change(difference: int) -> str:
    """Return the code of a DC difference: the number of its bits, then the bits (T.81, F.1.2.1)."""
    size = abs(difference).bit_length()
    if not size:
        return _DC_CODES[0]
    return _DC_CODES[size] + format(difference if difference > 0 else difference + (1 << size) - 1, f"0{size}b")


def _packed(bits: str) -> bytes:
    """Fill the last byte with ones and mark every 0xFF as data."""
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
