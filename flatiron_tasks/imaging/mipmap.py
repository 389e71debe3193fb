"""Mip levels: every level half as large as the one before, rounded down, to one texel, by the mean of 2x2 texels.

The last texel of an odd side is the mean of three in that direction, so no texel is lost. Straight colour beside alpha
is weighted by it, sum(alpha * colour) / sum(alpha), so that what lies under uncovered texels does not bleed in; where
all alpha is 0 it is the plain mean, as everything else is. Means are of the samples as stored and rounded once:
integers half up, exactly; half and float from float64 sums whose order is fixed. Directions of normal maps get unit
length again, but only where texels that count differed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[Any]
"""(rows, width, channels) uint8, uint16, float16 or float32."""


def level_sizes(width: int, height: int) -> list[tuple[int, int]]:
    """(width, height) of all levels, the full size first."""
    sizes = [(width, height)]
    while sizes[-1] != (1, 1):
        sizes.append((_halved(sizes[-1][0]), _halved(sizes[-1][1])))
    return sizes


class Halver:
    """Makes the next level of an image of `height` rows that arrives in bands.

    The fourth channel, if there is one, is alpha. `premultiplied`: the colour is multiplied by it already. `normals`:
    the first three channels are directions, stored as (n + 1) / 2; where they are multiplied by an alpha that is
    neither 0 nor 1 their mean stays as it is.
    """

    def __init__(self, height: int, *, normals: bool = False, premultiplied: bool = False) -> None:
        self._height = height
        self._normals = normals
        self._premultiplied = premultiplied
        self._received = 0
        self._made = 0
        self._waiting: list[Rows] = []

    def add(self, rows: Rows) -> Rows:
        """Append `rows`; returns the rows of the next level that they complete, perhaps none."""
        self._waiting.append(rows)
        self._received += len(rows)
        # The last row of the next level waits for everything that is left: three rows, if the height is odd.
        target = _halved(self._height)
        ready = target if self._received == self._height else min(self._received // 2, target - 1)
        source = np.concatenate(self._waiting)
        used = len(source) if ready == target else 2 * (ready - self._made)
        self._waiting = [source[used:]]
        if ready == self._made:
            return source[:0, : _halved(source.shape[1])]
        self._made = ready
        return self._means(source[:used])

    def _means(self, rows: Rows) -> Rows:
        weighted = rows.shape[2] == 4 and not self._premultiplied and not _plain_is_the_same(rows)
        exact = _exact_means(rows, weighted=weighted)
        means = _rounded(exact, rows.dtype)
        if self._normals:
            top = _top_level(rows.dtype)
            mixed = _differ(rows, weighted=weighted)
            if self._premultiplied:
                mixed &= np.isin(exact[..., 3], (0, 1))
            means[mixed, :3] = _rounded(_unit(exact[mixed, :3] / top) * top, rows.dtype)
        return means


def _halved(side: int) -> int:
    return max(1, side // 2)


def _plain_is_the_same(rows: Rows) -> bool:
    """Whether alpha cannot change a mean because it is the same everywhere; floats could still be rounded otherwise."""
    return rows.dtype.kind == "u" and bool((rows[..., 3] == rows[0, 0, 3]).all())


def _exact_means(rows: Rows, *, weighted: bool) -> npt.NDArray[np.float64]:
    """Means in float64.

    Sums of integers are exact, below 2**36. A quotient by at most 9 * 65535 is a tie, and then exact, or farther than
    2**-21 from one, which float64 keeps apart: rounding half up is that of the exact quotient.
    """
    values = rows.astype(np.float64)
    across = _reduced(np.ones(rows.shape[:2]), np.add)
    with np.errstate(invalid="ignore"):  # infinities may be allowed in a piece
        means: npt.NDArray[np.float64] = np.asarray(_reduced(values, np.add) / across[..., np.newaxis])
        if weighted:
            alpha = values[..., 3:]
            colour = np.where(alpha > 0, values[..., :3] * alpha, 0)
            total = _reduced(alpha, np.add)
            np.divide(_reduced(colour, np.add), total, out=means[..., :3], where=total > 0)
    return means


def _differ(rows: Rows, *, weighted: bool) -> npt.NDArray[np.bool_]:
    """Where the directions that make one of the next level are not all the same."""
    colour = rows[..., :3]
    differ = _reduced(colour, np.minimum) != _reduced(colour, np.maximum)
    if weighted:
        counts = rows[..., 3:] > 0
        low = _reduced(np.where(counts, colour, colour.max()), np.minimum)
        high = _reduced(np.where(counts, colour, colour.min()), np.maximum)
        differ = np.where(_reduced(counts, np.logical_or), low != high, differ)
    return np.asarray(differ.any(axis=-1))


def _reduced(values: npt.NDArray[Any], operation: np.ufunc) -> npt.NDArray[Any]:
    """Two rows each combined, then two columns each; an odd one at the end joins the last two."""
    return _paired(_paired(values, operation).swapaxes(0, 1), operation).swapaxes(0, 1)


def _paired(values: npt.NDArray[Any], operation: np.ufunc) -> npt.NDArray[Any]:
    if len(values) == 1:
        return values
    even = len(values) - len(values) % 2
    pairs = np.asarray(operation(values[0:even:2], values[1:even:2]))
    if even < len(values):
        pairs[-1] = operation(pairs[-1], values[-1])
    return pairs


def _unit(stored: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Directions (n, 3), stored as (n + 1) / 2, with length 1. Opposite ones that cancelled out have none and stay."""
    directions = 2 * stored - 1
    x, y, z = directions.T
    length = np.sqrt(x * x + y * y + z * z)
    length[length == 0] = 1
    return np.asarray((directions / length[:, np.newaxis] + 1) / 2)


def _top_level(dtype: np.dtype[Any]) -> int:
    return int(np.iinfo(dtype).max) if dtype.kind == "u" else 1


def _rounded(exact: npt.NDArray[np.float64], dtype: np.dtype[Any]) -> Rows:
    return (np.floor(exact + 0.5) if dtype.kind == "u" else exact).astype(dtype)
