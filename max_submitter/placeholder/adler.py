"""Adler-32 of joined and repeated data from the parts' checksums, without reading the data again (RFC 1950, 8.2)."""

from __future__ import annotations

_BASE = 65521
EMPTY = 1
"""Adler-32 of nothing."""


def combine(first: int, second: int, second_length: int) -> int:
    """Return the checksum of A followed by B, from those of A and B and B's length in bytes."""
    low = ((first & 0xFFFF) + (second & 0xFFFF) - 1) % _BASE
    high = ((first >> 16) + (second >> 16) + second_length * ((first & 0xFFFF) - 1)) % _BASE
    return high << 16 | low


def repeat(checksum: int, length: int, times: int) -> int:
    """Return the checksum of `times` copies of data with this checksum and length, in about log2(times) steps."""
    total = EMPTY
    while times:
        if times & 1:
            total = combine(total, checksum, length)
        checksum = combine(checksum, checksum, length)
        length *= 2
        times >>= 1
    return total
