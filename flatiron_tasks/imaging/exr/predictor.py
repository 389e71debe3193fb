"""Compiled: samples of a chunk from and to the bytes that OpenEXR compresses.

The bytes of all samples (row after row, channels A, B, G, R, little endian) are split: those at even places come first,
then those at odd places. Then every byte but the first becomes its difference to the one before it, plus 128.

`planes` are (4, rows, width) in the order R, G, B, A, bits of half (uint16) or float (uint32); `packed` has as many
bytes. Packing takes R, G, B without A, too. Unpacking runs through both halves side by side, sums in the lower and the
upper 32 bits of one word.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Samples = npt.NDArray[np.unsignedinteger[Any]]
Place = tuple[int, int, int, int]
"""Where in larger planes samples belong: first row, first column, rows, columns."""

_BYTE = np.uint64(0xFF)
_BOTH = np.uint64(0xFF000000FF)
_OFFSETS = np.uint64(0x8000000080)  # -128 and 128 are the same byte
_UPPER = np.uint64(32)
_24, _16, _8 = np.uint64(24), np.uint64(16), np.uint64(8)


@compiled
def _start(first_half: Bytes) -> np.uint64:
    """What stands before both halves: 128, and the sum of all differences of the first half."""
    total = np.uint64(0)
    for value in first_half:
        total += np.uint64(value)
    total -= np.uint64(128) * np.uint64(first_half.size - 1)
    return np.uint64(128) | (total & _BYTE) << _UPPER


@compiled
def unpack_half(packed: Bytes, planes: Samples, place: Place) -> None:
    """Packed bytes to the bits of half samples."""
    top, left, rows, width = place
    half, at = packed.size // 2, 0
    sums = _start(packed[:half])
    for row in range(rows):
        for plane in range(3, -1, -1):
            even, odd = packed[at : at + width], packed[half + at : half + at + width]
            line = planes[plane, top + row, left : left + width]
            for x in range(width):
                sums += _OFFSETS + (np.uint64(even[x]) | np.uint64(odd[x]) << _UPPER)
                line[x] = sums & _BYTE | sums >> _24 & _BYTE << _8
            sums &= _BOTH
            at += width


@compiled
def unpack_float(packed: Bytes, planes: Samples, place: Place) -> None:
    """Packed bytes to the bits of float samples."""
    top, left, rows, width = place
    half, at = packed.size // 2, 0
    sums = _start(packed[:half])
    for row in range(rows):
        for plane in range(3, -1, -1):
            even, odd = packed[at : at + 2 * width], packed[half + at : half + at + 2 * width]
            line = planes[plane, top + row, left : left + width]
            for x in range(width):
                sums += _OFFSETS + (np.uint64(even[2 * x]) | np.uint64(odd[2 * x]) << _UPPER)
                low = sums & _BYTE | sums >> _24 & _BYTE << _8
                sums += _OFFSETS + (np.uint64(even[2 * x + 1]) | np.uint64(odd[2 * x + 1]) << _UPPER)
                line[x] = low | (sums & _BYTE | sums >> _24 & _BYTE << _8) << _16
            sums &= _BOTH
            at += 2 * width


@compiled
def pack_half(planes: Samples, packed: Bytes) -> None:
    """Bits of half samples to packed bytes."""
    channels, rows, width = planes.shape
    half, at = packed.size // 2, 0
    low, high = np.uint16(128), planes[0, rows - 1, width - 1]  # the odd bytes follow the last even one
    for row in range(rows):
        for plane in range(channels - 1, -1, -1):
            even, odd, line = packed[at : at + width], packed[half + at : half + at + width], planes[plane, row]
            even[0] = np.uint8(line[0] - low + 128)
            odd[0] = np.uint8((line[0] >> 8) - high + 128)
            for x in range(1, width):
                even[x] = np.uint8(line[x] - line[x - 1] + 128)
                odd[x] = np.uint8((line[x] >> 8) - (line[x - 1] >> 8) + 128)
            low, high = line[width - 1], line[width - 1] >> 8
            at += width


@compiled
def pack_float(planes: Samples, packed: Bytes) -> None:
    """Bits of float samples to packed bytes."""
    channels, rows, width = planes.shape
    half, at = packed.size // 2, 0
    low, high = np.uint32(128), planes[0, rows - 1, width - 1] >> 16
    for row in range(rows):
        for plane in range(channels - 1, -1, -1):
            even, odd, line = packed[at : at + 2 * width], packed[half + at : half + at + 2 * width], planes[plane, row]
            even[0] = np.uint8(line[0] - low + 128)
            odd[0] = np.uint8((line[0] >> 8) - high + 128)
            for x in range(1, width):
                even[2 * x] = np.uint8(line[x] - (line[x - 1] >> 16) + 128)
                odd[2 * x] = np.uint8((line[x] >> 8) - (line[x - 1] >> 24) + 128)
            for x in range(width):
                even[2 * x + 1] = np.uint8((line[x] >> 16) - line[x] + 128)
                odd[2 * x + 1] = np.uint8((line[x] >> 24) - (line[x] >> 8) + 128)
            low, high = line[width - 1] >> 16, line[width - 1] >> 24
            at += 2 * width
