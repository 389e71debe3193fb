"""Combining the layers of one band of rows, in plan order.

The rule: a later object fills only the coverage that is still free in a texel. Where one object covers a texel, its
bits pass through untouched. Where several do, premultiplied colours and coverage are added in float64, each object
weighted by min(its alpha, free coverage) / its alpha, and rounded once at the end. Normals are not added: the object
with the greater alpha gives the direction (ties: the earlier one), coverage is the same sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.overlap import OVERLAP_TOLERANCE, OverlapTally

Pixels = npt.NDArray[np.floating[Any]]
_NOBODY = -1


class BandAccumulator:
    """Rows [`begin`, `begin` + `rows`) of a map of `width` texels: premultiplied RGBA float16 or float32.

    Layers must be added in plan order. Overlaps go to `tally`, if there is one.
    """

    def __init__(
        self, *, begin: int, rows: int, width: int, dtype: np.dtype[Any], normals: bool, tally: OverlapTally | None
    ) -> None:
        self._begin = begin
        self._pixels = np.zeros((rows, width, 4), dtype)
        self._owner = np.full((rows, width), _NOBODY, np.int32)
        self._shared = _SharedTexels(rows, width, normals=normals)
        self._tally = tally

    def add(self, layer: int, x: int, y: int, source: Pixels) -> None:
        """Add the texels of layer number `layer` whose upper left is at map position (`x`, `y`), inside the band."""
        top = y - self._begin
        window = np.s_[top : top + source.shape[0], x : x + source.shape[1]]
        covered = source[..., 3] > 0
        owner = self._owner[window]
        taken = covered & (owner != _NOBODY)
        fresh = covered & ~taken
        np.copyto(self._pixels[window], source, where=fresh[..., np.newaxis])
        if taken.any():
            rows, columns = np.nonzero(taken)
            self._share(layer, rows + top, columns + x, source[rows, columns])
        owner[fresh] = layer

    def _share(self, layer: int, rows: npt.NDArray[Any], columns: npt.NDArray[Any], source: Pixels) -> None:
        cut = self._shared.add(rows, columns, self._pixels[rows, columns], source.astype(np.float64))
        over = cut > OVERLAP_TOLERANCE
        if self._tally is not None and over.any():
            rows, columns = rows[over], columns[over]
            self._tally.add(self._owner[rows, columns], layer, columns, rows + self._begin)

    def result(self) -> Pixels:
        """The combined band, (rows, width, 4)."""
        self._shared.write_to(self._pixels)
        return self._pixels


class _SharedTexels:
    """The texels of a band that more than one object covers, in float64."""

    def __init__(self, rows: int, width: int, *, normals: bool) -> None:
        self._slot = np.full((rows, width), _NOBODY, np.int32)
        self._sums = np.empty((0, 4), np.float64)
        self._greatest = np.empty(0, np.float64)  # alpha of the object that gives the normal
        self._normals = normals

    def add(
        self, rows: npt.NDArray[Any], columns: npt.NDArray[Any], before: Pixels, source: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Add `source` (n, 4) to the texels; `before` is what the band held when nobody had shared them yet.

        Returns how much coverage each texel of `source` lost.
        """
        slots = self._slots(rows, columns, before)
        free = 1.0 - self._sums[slots, 3]
        alpha = source[:, 3]
        used = np.minimum(alpha, free)
        if self._normals:
            self._take_greater(slots, source)
        else:
            self._sums[slots, :3] += source[:, :3] * np.where(alpha <= free, 1.0, used / alpha)[:, np.newaxis]
        self._sums[slots, 3] = np.minimum(self._sums[slots, 3] + used, 1.0)
        return np.asarray(alpha - used)

    def _slots(self, rows: npt.NDArray[Any], columns: npt.NDArray[Any], before: Pixels) -> npt.NDArray[np.int32]:
        slots: npt.NDArray[np.int32] = self._slot[rows, columns]
        new = slots == _NOBODY
        slots[new] = np.arange(len(self._sums), len(self._sums) + np.count_nonzero(new))
        self._slot[rows, columns] = slots
        self._sums = np.concatenate([self._sums, before[new].astype(np.float64)])
        self._greatest = np.concatenate([self._greatest, before[new, 3].astype(np.float64)])
        return slots

    def _take_greater(self, slots: npt.NDArray[np.int32], source: npt.NDArray[np.float64]) -> None:
        wins = source[:, 3] > self._greatest[slots]
        self._sums[slots[wins], :3] = source[wins, :3]
        self._greatest[slots[wins]] = source[wins, 3]

    def write_to(self, pixels: Pixels) -> None:
        """Round the sums once, into the band. A normal is scaled from its object's alpha to the summed coverage."""
        used = self._slot != _NOBODY
        if not used.any():
            return
        sums = self._sums.copy()
        if self._normals:
            sums[:, :3] *= (sums[:, 3] / self._greatest)[:, np.newaxis]
        limit = np.finfo(pixels.dtype).max
        pixels[used] = np.clip(sums, -limit, limit)[self._slot[used]].astype(pixels.dtype)
