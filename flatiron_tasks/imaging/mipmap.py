"""Mip levels: every level half as large as the one before, rounded down, to one texel, by the mean of 2x2 texels.

The last texel of an odd side is the mean of three in that direction, so no texel is lost. Means are of the samples as
stored and rounded once: integers half up; half and float from a float64 sum whose order is fixed. Directions of normal
maps get unit length again, but only where texels differed.
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

    `normals`: the first three channels are directions, stored as (n + 1) / 2. `premultiplied`: where alpha is neither
    0 nor 1 they are multiplied by it; the mean of such directions stays as it is.
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
        exact = _exact_means(rows)
        means = _rounded(exact, rows.dtype)
        if self._normals:
            top = _top_level(rows.dtype)
            mixed = (_reduced(rows, np.minimum) != _reduced(rows, np.maximum))[..., :3].any(axis=-1)
            if self._premultiplied:
                mixed &= np.isin(exact[..., 3], (0, 1))
            means[mixed, :3] = _rounded(_unit(exact[mixed, :3] / top) * top, rows.dtype)
        return means


def _halved(side: int) -> int:
    return max(1, side // 2)


def _exact_means(rows: Rows) -> npt.NDArray[np.float64]:
    """Means in float64. Those of integers are exact to far less than a rounding step."""
    across = _reduced(np.ones(rows.shape[:2]), np.add)
    with np.errstate(invalid="ignore"):  # infinities may be allowed in a piece
        return np.asarray(_reduced(rows.astype(np.float64), np.add) / across[..., np.newaxis])


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
