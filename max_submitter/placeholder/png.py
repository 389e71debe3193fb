"""PNG, 8 or 16 bits (ISO/IEC 15948). Every distinct row is deflated once.

A full flush ends each deflated row at a byte boundary and without memory of what came before, so the bytes may be
placed anywhere and any number of times. Rows that repeat the row above are the `Up` filter's zeros: one more block.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from max_submitter.placeholder import adler
from max_submitter.placeholder.palette import Colours
from max_submitter.placeholder.picture import Picture, row_bytes

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ZLIB_HEADER = b"\x78\x01"
_LAST_BLOCK = b"\x03\x00"  # an empty final deflate block
_FILTER_NONE = b"\0"
_FILTER_UP = b"\2"
_COLOUR_TYPE = {3: 2, 4: 6}
_SAMPLE = {"uint8": (8, "B"), "uint16": (16, "H")}


@dataclass(frozen=True)
class _Block:
    """A deflated, position-independent row with its filter byte; checksum and length are those of the plain bytes."""

    data: bytes
    checksum: int
    length: int


def encode(picture: Picture, colours: Colours, pixel_type: str, mark: str) -> bytes:
    """Return the file; the mark is a tEXt chunk `Description` before the image data."""
    channels = len(colours[0])
    bits, code = _SAMPLE[pixel_type]
    header = struct.pack(">IIBBBBB", picture.width, picture.height, bits, _COLOUR_TYPE[channels], 0, 0, 0)
    texels = [struct.pack(f">{channels}{code}", *colour) for colour in colours]
    chunks = [
        _chunk(b"IHDR", header),
        _chunk(b"tEXt", b"Description\0" + mark.encode("ascii")),
        *_image_data(picture, texels),
        _chunk(b"IEND", b""),
    ]
    return _SIGNATURE + b"".join(chunks)


def _image_data(picture: Picture, texels: list[bytes]) -> list[bytes]:
    """One IDAT per run, between the zlib stream's header and its end."""
    firsts = [_deflate(_FILTER_NONE + row_bytes(row, texels)) for row in picture.rows]
    same = _deflate(_FILTER_UP + bytes(picture.width * len(texels[0])))
    chunks = [_chunk(b"IDAT", _ZLIB_HEADER)]
    checksum = adler.EMPTY
    for row, count in picture.runs:
        first = firsts[row]
        chunks.append(_chunk(b"IDAT", first.data + same.data * (count - 1)))
        checksum = adler.combine(checksum, first.checksum, first.length)
        rest = adler.repeat(same.checksum, same.length, count - 1)
        checksum = adler.combine(checksum, rest, same.length * (count - 1))
    chunks.append(_chunk(b"IDAT", _LAST_BLOCK + struct.pack(">I", checksum)))
    return chunks


def _deflate(plain: bytes) -> _Block:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    data = compressor.compress(plain) + compressor.flush(zlib.Z_FULL_FLUSH)
    return _Block(data, zlib.adler32(plain), len(plain))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(name)))
