"""The deflate of all files that the merge encodes itself: run lengths only, or also matching where that pays.

Noisy colour holds nothing that repeats: run lengths alone (level 1, Z_RLE) are 2 to 4 times faster there than level 4,
and no larger. Grey (R = G = B), smooth normals and patterns shrink to 0.05 to 0.5 of that with matching. A sample of
the data tells which of the two it is (`chosen`): the choice depends on the data alone.

Why bytes are the same everywhere (I4). Run lengths alone search nothing: they are the bytes of any zlib. Matching is
that of the zlib-ng inside our dependency, never Python's own `zlib`, which is zlib-ng of another release in some builds
(Windows from 3.14, Fedora). Up to 2.1 zlib-ng hashed strings with the CRC-32 instructions of SSE 4.2 and ARMv8 where
there were any, so its output depended on the processor; since 2.2 (zlib-ng pull request 1681) all processors hash by
the same multiplication, and what is left to SIMD (comparing, sliding, checksums) has exact results. Not covered: other
releases of zlib-ng, and its hardware deflate on IBM Z.

Measured on blocks of 2048 texels a row, matching against run lengths: size, then Mpx/s of one thread (before and after,
the machine busy otherwise)

| | 8-bit PNG, TIFF | 16-bit PNG | half layer | chosen |
|---|---|---|---|---|
| colour with noise | 1.03, 39 > 13 | 1.00, 22 > 6 | 1.01, 27 > 9 | run lengths |
| normals with noise | 1.12, 34 > 12 | 1.02, 22 > 8 | 1.02, 58 > 16 | run lengths |
| grey with noise (AO) | 0.44, 36 > 16 | 0.45, 17 > 11 | 0.36, 30 > 35 | matching |
| smooth grey | 0.23, 75 > 99 | 0.24, 20 > 18 | 0.25, 79 > 69 | matching |
| smooth normals | 0.35, 58 > 60 | 0.29, 23 > 19 | 0.11, 99 > 113 | matching |
| repeating pattern | 0.04, 49 > 566 | 0.04, 19 > 260 | 0.05, 24 > 162 | matching |

Level 2 is up to twice as fast as 4 on grey and its files 1.1 to 1.9 times as large; level 6 takes 4 times as long for
0.9 of the size. The sample costs noisy colour 1 to 4 % of the time, half layers 2048 texels wide 11 %.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

from zlib_ng import zlib_ng

WITH_HEADER = 15
"""A zlib stream (RFC 1950) with a window of 32 KiB."""

RAW = -15
"""Nothing but deflate blocks (RFC 1951), for parts that are joined."""

_STORED_BYTES = 0xFFFF  # of the longest stored block
_MOST_MEMORY = 9  # the longest deflate blocks, as zlib has them


class Method(NamedTuple):
    """How deflate looks for what repeats."""

    level: int
    strategy: int


RUN_LENGTHS = Method(1, zlib_ng.Z_RLE)
MATCHING = Method(4, zlib_ng.Z_DEFAULT_STRATEGY)

_SAMPLE_PARTS = 4
_CLEARLY_SMALLER = 85  # per cent of the run lengths' size; samples of noise differ by less


def deflated(data: Any, *, form: int = WITH_HEADER, flush: int = zlib_ng.Z_FINISH, sample: Any = None) -> bytes:
    """Deflate `data`, anything with a contiguous buffer. `flush` is how it ends. Threads run it side by side.

    `sample` stands for `data` when the method is chosen, if parts of `data` of `sample_bytes` would not show what
    repeats in it; it must depend on the same texels alone.
    """
    return _deflated(data, chosen(_parts(data) if sample is None else sample), form, flush)


def chosen(sample: Any) -> Method:
    """Matching if it makes the sample clearly smaller, else run lengths."""
    clearly_smaller = 100 * len(_deflated(sample, MATCHING)) < _CLEARLY_SMALLER * len(_deflated(sample, RUN_LENGTHS))
    return MATCHING if clearly_smaller else RUN_LENGTHS


def sample_bytes(size: int) -> int:
    """How long a sample of `size` bytes is: 1/128, but 4 to 16 KiB."""
    return min(max(size // 128, 4096), 16384)


def _deflated(data: Any, method: Method, form: int = RAW, flush: int = zlib_ng.Z_FINISH) -> bytes:
    stream = zlib_ng.compressobj(method.level, zlib_ng.DEFLATED, form, _MOST_MEMORY, method.strategy)
    return stream.compress(data) + stream.flush(flush)


def _parts(data: Any) -> bytes:
    """Evenly spread parts of `data`, each contiguous; all of it if it is short."""
    raw = memoryview(data).cast("B")
    part = sample_bytes(len(raw)) // _SAMPLE_PARTS
    if len(raw) <= _SAMPLE_PARTS * part:
        return bytes(raw)
    room = len(raw) // _SAMPLE_PARTS
    begins = [index * room + (room - part) // 2 for index in range(_SAMPLE_PARTS)]
    return b"".join(raw[begin : begin + part] for begin in begins)


def stored(data: Any) -> bytes:
    """`data`, a contiguous buffer that is not empty, as a zlib stream without compression: 5 bytes more per 64 KiB."""
    raw = memoryview(data).cast("B")
    parts: list[bytes | memoryview] = [b"\x78\x01"]  # deflate, window of 32 KiB, fastest
    for begin in range(0, len(raw), _STORED_BYTES):
        block = raw[begin : begin + _STORED_BYTES]
        last = begin + len(block) == len(raw)
        parts += [struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF), block]
    return b"".join([*parts, struct.pack(">I", zlib_ng.adler32(raw))])
