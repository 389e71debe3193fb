"""Looking at every texel of a piece once: counting what must not be there, mending what may be mended.

Compiled, on bit patterns: as signed integers they are above 0 exactly where the values are, and positive ones are in
the order of the values. Runs of texels that are blank, or whole and sound, are only read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.compiled import compiled
from flatiron_tasks.imaging.planes import Bits, Planes, bits_of

OwnedRows = npt.NDArray[np.uint8]
"""(rows, width): 0 where the UV mask gives the texel to somebody else."""

_RUN = 64  # texels that are judged together; long enough for vector instructions, short enough to skip blank ones

# Places in the result of the compiled loop.
_BROKEN, _LOW, _HIGH, _COVERED, _LEFT, _TOP, _RIGHT, _BOTTOM = range(8)
_NOTHING = (0, 1 << 62, -(1 << 62), 0, 1 << 62, 1 << 62, 0, 0)
_EVERYTHING_OWNED: OwnedRows = np.empty((0, 0), np.uint8)


@dataclass(frozen=True)
class TexelFacts:
    """What was found: texels with NaN or infinity, the range of alpha, covered texels, and the box around those.

    `box` is (left, top, right, bottom) within the planes, and only means something if anything is covered.
    """

    broken: int
    low: float
    high: float
    covered: int
    box: tuple[int, int, int, int]


BLANK = TexelFacts(0, 0.0, 0.0, 0, (0, 0, 0, 0))
"""Of planes that are 0 throughout."""


def check_texels(planes: Planes, owned: OwnedRows | None = None) -> TexelFacts:
    """Judge `planes` as they are, then mend them in place.

    NaN and infinity become 0, alpha above 1 becomes 1. Texels with alpha not above 0, or not `owned`, are cleared.
    """
    found = np.array(_NOTHING, np.int64)
    limits = (0x3C00, 0x7C00) if planes.dtype == np.float16 else (0x3F800000, 0x7F800000)
    _check(bits_of(planes), _EVERYTHING_OWNED if owned is None else owned, limits, found)
    low, high = (_value(int(found[place]), planes.dtype) for place in (_LOW, _HIGH))
    left, top, right, bottom = (int(found[place]) for place in (_LEFT, _TOP, _RIGHT, _BOTTOM))
    return TexelFacts(int(found[_BROKEN]), low, high, int(found[_COVERED]), (left, top, right, bottom))


def _value(signed: int, dtype: np.dtype[Any]) -> float:
    """The number whose magnitude has the bits of `signed`."""
    magnitude = float(np.array([abs(signed)], f"u{dtype.itemsize}").view(dtype)[0])
    return -magnitude if signed < 0 else magnitude


@compiled
def _check(bits: Bits, owned: OwnedRows, limits: tuple[int, int], found: npt.NDArray[np.int64]) -> None:
    """All runs of all rows. `limits` are the bits of 1 and of infinity; a run is its row and columns [begin, end)."""
    width = bits.shape[2]
    for y in range(bits.shape[1]):
        for begin in range(0, width, _RUN):
            run = (y, begin, min(begin + _RUN, width))
            if _is_blank(bits, run):
                found[_LOW], found[_HIGH] = min(found[_LOW], 0), max(found[_HIGH], 0)
            elif owned.size or not _is_sound(bits, run, limits, found):
                _mend(bits, run, owned, limits, found)


@compiled
def _is_blank(bits: Bits, run: tuple[int, int, int]) -> bool:
    """Whether a run is 0 in all channels."""
    y, begin, end = run
    seen = 0
    for x in range(begin, end):
        seen |= bits[0, y, x] | bits[1, y, x] | bits[2, y, x] | bits[3, y, x]
    return seen == 0


@compiled
def _is_sound(bits: Bits, run: tuple[int, int, int], limits: tuple[int, int], found: npt.NDArray[np.int64]) -> bool:
    """Whether a run is finite and covered throughout; if so it is counted."""
    y, begin, end = run
    one, exponent = limits
    highest, low, high = 0, one, 0
    for x in range(begin, end):
        red, green, blue, alpha = bits[0, y, x], bits[1, y, x], bits[2, y, x], bits[3, y, x]
        highest = max(highest, red & exponent, green & exponent, blue & exponent, alpha & exponent)
        low, high = min(low, alpha), max(high, alpha)
    if highest == exponent or low <= 0 or high > one:
        return False
    found[_LOW], found[_HIGH] = min(found[_LOW], low), max(found[_HIGH], high)
    _count(y, begin, end, found)
    return True


@compiled
def _mend(
    bits: Bits,
    run: tuple[int, int, int],
    owned: OwnedRows,
    limits: tuple[int, int],
    found: npt.NDArray[np.int64],
) -> None:
    """Judge and mend a run texel by texel."""
    y, begin, end = run
    one, exponent = limits
    for x in range(begin, end):
        found[_BROKEN] += _replace_broken(bits, y, x, exponent)
        alpha = bits[3, y, x]
        # What is left of a negative number without its sign is its magnitude.
        signed = alpha if alpha >= 0 else -(alpha & (exponent | (exponent - 1)))
        found[_LOW], found[_HIGH] = min(found[_LOW], signed), max(found[_HIGH], signed)
        if alpha > 0 and (owned.size == 0 or owned[y, x]):
            bits[3, y, x] = min(alpha, one)
            _count(y, x, x + 1, found)
        else:
            bits[0, y, x] = bits[1, y, x] = bits[2, y, x] = bits[3, y, x] = 0


@compiled
def _replace_broken(bits: Bits, y: int, x: int, exponent: int) -> int:
    """Set what is NaN or infinity to 0; 1 if there was any."""
    broken = 0
    for channel in range(4):
        if bits[channel, y, x] & exponent == exponent:
            bits[channel, y, x] = 0
            broken = 1
    return broken


@compiled
def _count(y: int, begin: int, end: int, found: npt.NDArray[np.int64]) -> None:
    """Count covered texels [begin, end) of a row."""
    found[_COVERED] += end - begin
    found[_LEFT], found[_TOP] = min(found[_LEFT], begin), min(found[_TOP], y)
    found[_RIGHT], found[_BOTTOM] = max(found[_RIGHT], end), max(found[_BOTTOM], y + 1)
