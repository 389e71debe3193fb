"""Compiled loops over the bits of linear values: to samples, texel by texel.

`transfer` has the rule for integer samples and `colour` its tables. All loops compare and look up bit patterns: numbers
that are not negative are ordered as their bits are.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.compiled import compiled

Bits = npt.NDArray[np.unsignedinteger[Any]]
Bits16 = npt.NDArray[np.uint16]
Bits32 = npt.NDArray[np.uint32]

_HALF_ONE = 0x3C00
_HALF_NEGATIVE = 0x8000
_ONE = 0x3F800000
_NEGATIVE = 0x80000000
_NO_MORE = 0xFFFFFFFF


class Texels(NamedTuple):
    """What a loop fills.

    `samples` (rows, width, 3 or 4) as unsigned integers of the sample's size, `covered` (rows, width): alpha above 0,
    `partial` (rows * width,): first the flat indices of texels with an alpha between 0 and 1, in ascending order.
    """

    samples: Bits
    covered: npt.NDArray[np.bool_]
    partial: npt.NDArray[np.int64]


class Tables(NamedTuple):
    """The sample of each half bit pattern as `colour` and as `alpha` (65,536 each), and the `background` (3,)."""

    colour: Bits
    alpha: Bits
    background: Bits


class Steps(NamedTuple):
    """Thresholds of one transfer, ready to be searched by bits.

    `above` holds their float32 bits, ascending, and an end that no value reaches. `first` holds the sample at the
    beginning of each block of 2**`shift` bit patterns below 1.0.
    """

    above: Bits32
    first: Bits16
    shift: int


def steps_of(thresholds: npt.NDArray[np.float32], shift: int) -> Steps:
    """Make ascending `thresholds` in (0, 1] searchable. A smaller `shift` costs memory and saves comparisons."""
    bits = thresholds.view(np.uint32)
    starts = np.arange(_ONE >> shift, dtype=np.uint32) << np.uint32(shift)
    first = np.searchsorted(bits, starts, side="right").astype(np.uint16)
    return Steps(np.append(bits, np.uint32(_NO_MORE)), first, shift)


@compiled
def look_up_texels(planes: Bits16, tables: Tables, texels: Texels) -> int:
    """Fill `texels` from half `planes` (4, rows, width). Returns how many of `partial` are filled.

    Uncovered texels get the background, and alpha 0.
    """
    samples, covered, partial = texels
    colour, alpha, background = tables
    count = 0
    for y in range(planes.shape[1]):
        for x in range(planes.shape[2]):
            coverage = planes[3, y, x]
            inside = 0 < coverage < _HALF_NEGATIVE
            covered[y, x] = inside
            for channel in range(3):
                samples[y, x, channel] = colour[planes[channel, y, x]] if inside else background[channel]
            if samples.shape[2] == 4:
                samples[y, x, 3] = alpha[coverage]
            if inside and coverage < _HALF_ONE:
                partial[count] = y * planes.shape[2] + x
                count += 1
    return count


@compiled
def quantise_texels(planes: Bits32, colour: Steps, alpha: Steps, background: Bits, texels: Texels) -> int:
    """Fill `texels` with integer samples of float32 `planes` (4, rows, width), as `look_up_texels` does."""
    samples, covered, partial = texels
    count = 0
    for y in range(planes.shape[1]):
        for x in range(planes.shape[2]):
            coverage = planes[3, y, x]
            inside = 0 < coverage < _NEGATIVE
            covered[y, x] = inside
            for channel in range(3):
                samples[y, x, channel] = sample_of(planes[channel, y, x], colour) if inside else background[channel]
            if samples.shape[2] == 4:
                samples[y, x, 3] = sample_of(coverage, alpha)
            if inside and coverage < _ONE:
                partial[count] = y * planes.shape[2] + x
                count += 1
    return count


@compiled
def store_texels(planes: Bits, coverage: Bits32, background: Bits, texels: Texels) -> int:
    """Fill `texels` with the bits of `planes` (4, rows, width), as `look_up_texels` does.

    `coverage` (rows, width) is the float32 alpha that the alpha in `planes` was rounded from.
    """
    samples, covered, partial = texels
    count = 0
    for y in range(planes.shape[1]):
        for x in range(planes.shape[2]):
            inside = 0 < coverage[y, x] < _NEGATIVE
            covered[y, x] = inside
            for channel in range(3):
                samples[y, x, channel] = planes[channel, y, x] if inside else background[channel]
            if samples.shape[2] == 4:
                samples[y, x, 3] = planes[3, y, x]
            if inside and coverage[y, x] < _ONE:
                partial[count] = y * planes.shape[2] + x
                count += 1
    return count


@compiled
def samples_of(bits: Bits32, steps: Steps, samples: Bits16) -> None:
    """Fill `samples` (n,) with the sample of each float32 in `bits` (n,)."""
    for index in range(len(bits)):
        samples[index] = sample_of(bits[index], steps)


@compiled
def sample_of(bits: int, steps: Steps) -> int:
    """The sample of one float32: the number of thresholds that are not above it."""
    if bits >= _NEGATIVE:
        return 0
    if bits >= _ONE:
        return len(steps.above) - 1
    sample = int(steps.first[bits >> steps.shift])
    while bits >= steps.above[sample]:
        sample += 1
    return sample
