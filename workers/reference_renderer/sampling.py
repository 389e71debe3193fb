"""Random numbers and directions that depend on (seed, absolute texel, dimension, sample) and on nothing else.

No state and no order: a texel gets the same numbers whichever strip, object subset or process bakes it. Does not trace.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from workers.reference_renderer.vectors import ONE, Floats, Indices, Vectors

Words: TypeAlias = npt.NDArray[np.uint32]
Pair: TypeAlias = tuple[Floats, Floats]

# Fractional parts of the R2 sequence (M. Roberts, 2018: 1/g and 1/g^2 with g^3 = g + 1) as 32-bit fixed point.
_R2 = (0xC13FA9A9, 0x91E10DA5)
_MASK = 0xFFFFFFFF
_UNIT = np.float32(2**-24)
_QUARTER_TURN = np.float32(np.pi / 2)


class Dimension(IntEnum):
    """What a pair of random numbers is used for; each has its own stream."""

    SUN = 0
    AREA = 2
    GATHER = 4
    BOUNCE_SUN = 6
    BOUNCE_AREA = 8


def hash_words(x: Words) -> Words:
    """PCG hash of 32-bit words (Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020)."""
    x = x * np.uint32(747796405) + np.uint32(2891336453)
    word = ((x >> ((x >> np.uint32(28)) + np.uint32(4))) ^ x) * np.uint32(277803737)
    mixed: Words = (word >> np.uint32(22)) ^ word
    return mixed


class TexelRandom:
    """The random numbers of a batch of texels.

    Every texel walks the same low-discrepancy sequence from its own hashed start, so that few samples already spread
    evenly; neighbouring texels are independent.
    """

    def __init__(self, texels: Words, seed: int) -> None:
        self._texels = hash_words(texels ^ hash_words(np.array([seed & _MASK], dtype=np.uint32)))
        self._starts: dict[int, Words] = {}

    def pair(self, dimension: Dimension, sample: int) -> Pair:
        """Two numbers per texel in [0, 1), stratified over the samples."""
        first, second = (_to_unit(self._start(dimension + axis) + _step(axis, sample)) for axis in (0, 1))
        return first, second

    def independent_pair(self, dimension: Dimension, sample: int, some: Indices) -> Pair:
        """Two numbers for some of the texels, not stratified: for what already depends on a stratified pair."""
        stream = dimension + len(Dimension) * 2 * (sample + 1)
        first, second = (_to_unit(_stream(self._texels[some], stream + axis)) for axis in (0, 1))
        return first, second

    def _start(self, stream: int) -> Words:
        if stream not in self._starts:
            self._starts[stream] = _stream(self._texels, stream)
        return self._starts[stream]


def _stream(texels: Words, stream: int) -> Words:
    return hash_words(texels ^ hash_words(np.array([stream & _MASK], dtype=np.uint32)))


def _step(axis: int, sample: int) -> np.uint32:
    return np.uint32(sample * _R2[axis] & _MASK)


def _to_unit(words: Words) -> Floats:
    units: Floats = (words >> np.uint32(8)).astype(np.float32) * _UNIT
    return units


def unit_circle(turn: Floats) -> Pair:
    """Points on the unit circle, uniform for a uniform `turn` in [0, 1); the zero angle is at 45 degrees below x.

    Polynomials instead of the C library's sine and cosine, whose last bit differs between systems.
    """
    quadrant = np.floor(turn * np.float32(4))
    x = (turn * np.float32(4) - quadrant - np.float32(0.5)) * _QUARTER_TURN
    xx = x * x
    sine = x * (ONE + xx * (np.float32(-1 / 6) + xx * (np.float32(1 / 120) + xx * np.float32(-1 / 5040))))
    cosine = ONE + xx * (np.float32(-1 / 2) + xx * (np.float32(1 / 24) + xx * np.float32(-1 / 720)))
    odd = (quadrant == 1) | (quadrant == 3)
    sign = np.where(quadrant >= 2, -ONE, ONE)
    return sign * np.where(odd, -sine, cosine), sign * np.where(odd, cosine, sine)


def cosine_hemisphere(pair: Pair) -> Vectors:
    """Unit vectors around +z with density cos / pi."""
    x, y = unit_circle(pair[1])
    radius = np.sqrt(pair[0])
    return np.stack([radius * x, radius * y, np.sqrt(ONE - pair[0])])


def unit_sphere(pair: Pair) -> Vectors:
    """Unit vectors, uniform over the sphere."""
    x, y = unit_circle(pair[1])
    z = ONE - np.float32(2) * pair[0]
    radius = np.sqrt(np.maximum(ONE - z * z, np.float32(0)))
    return np.stack([radius * x, radius * y, z])
