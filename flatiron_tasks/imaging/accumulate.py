"""Combining the layers of one band of rows, in plan order.

The rule: a later object fills only the coverage that is still free in a texel. Where one object covers a texel, its
bits pass through untouched. Where several do, premultiplied colours and coverage are added in float64, each object
weighted by min(its alpha, free coverage) / its alpha, and rounded once at the end; without free coverage nothing is
added. Normals are not added: the object with the greater alpha gives the direction (ties: the earlier one), coverage is
the same sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.compiled import compiled
from flatiron_tasks.imaging.overlap import OVERLAP_TOLERANCE, OverlapTally
from flatiron_tasks.imaging.planes import Bits, Planes, bits_of

Places = npt.NDArray[np.integer[Any]]

_NOBODY = -1
_NOTHING = -0.0  # added to any number, also to -0, it leaves all of its bits


class BandAccumulator:
    """Rows [`begin`, `begin` + `rows`) of a map of `width` texels, as planes.

    Layers must be added in plan order. Overlaps go to `tally`, if there is one. With `apart` the caller knows that no
    two layers share a column and row: nothing is compared, and `planes` may be written to directly.
    """

    def __init__(
        self,
        *,
        begin: int,
        rows: int,
        width: int,
        dtype: np.dtype[Any],
        normals: bool,
        tally: OverlapTally | None,
        apart: bool = False,
    ) -> None:
        self._begin = begin
        self.planes = np.zeros((4, rows, width), dtype)
        self._owner = None if apart else np.full((rows, width), _NOBODY, np.int32)
        self._shared = _SharedTexels(normals=normals)
        self._tally = tally

    def add(self, layer: int, x: int, y: int, source: Planes) -> None:
        """Add planes of layer number `layer` whose upper left is at map position (`x`, `y`).

        Rows outside the band are left out.
        """
        if x < 0 or x + source.shape[2] > self.planes.shape[2]:
            raise IndexError(f"columns {x} to {x + source.shape[2]} of a band of {self.planes.shape[2]}")
        first = max(self._begin - y, 0)
        last = min(self._begin + self.planes.shape[1] - y, source.shape[1])
        top = y + first - self._begin
        if self._owner is None:
            self.planes[:, top : top + last - first, x : x + source.shape[2]] = source[:, first:last]
            return
        source = source.astype(self.planes.dtype, copy=False)
        if _lay(bits_of(self.planes), self._owner, bits_of(source), layer, (first, last, top, x)):
            owner = self._owner[top : top + last - first, x : x + source.shape[2]]
            rows, columns = np.nonzero((source[3, first:last] > 0) & (owner != layer))
            values = source[:, rows + first, columns].T.astype(np.float64)
            self._share(layer, rows + top, columns + x, owner[rows, columns], values)

    def _share(self, layer: int, y: Places, x: Places, owner: Places, source: npt.NDArray[np.float64]) -> None:
        cut = source[:, 3].copy()
        open_ = self.planes[3, y, x] < 1  # where the first object covers all, later ones add nothing
        if open_.any():
            places = y[open_] * self.planes.shape[2] + x[open_]
            cut[open_] = self._shared.add(places, self.planes[:, y[open_], x[open_]].T, source[open_])
        over = cut > OVERLAP_TOLERANCE
        if self._tally is not None and over.any():
            self._tally.add(owner[over], layer, x[over], y[over] + self._begin)

    def result(self) -> Planes:
        """The combined band, (4, rows, width)."""
        self._shared.write_to(self.planes)
        return self.planes


@compiled
def _lay(target: Bits, owner: npt.NDArray[np.int32], source: Bits, layer: int, place: tuple[int, ...]) -> int:
    """Copy covered texels of `source` to where nobody is yet, and count those where somebody is.

    `place` holds the first row of `source`, the one after the last, and row and column of the target for the first.
    """
    first, last, top, left = place
    taken = 0
    for row in range(first, last):
        y = top + row - first
        for column in range(source.shape[2]):
            if source[3, row, column] > 0:
                x = left + column
                if owner[y, x] < 0:
                    owner[y, x] = layer
                    for channel in range(4):
                        target[channel, y, x] = source[channel, row, column]
                else:
                    taken += 1
    return taken


class _SharedTexels:
    """The texels of a band that more than one object covers, in float64. A place is row * width + column."""

    def __init__(self, *, normals: bool) -> None:
        self._places = np.empty(0, np.int64)  # ascending
        self._sums = np.empty((0, 4), np.float64)
        self._greatest = np.empty(0, np.float64)  # alpha of the object that gives the normal
        self._normals = normals

    def add(
        self, places: npt.NDArray[np.int64], before: Planes, source: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Add `source` (n, 4) to the texels; `before` (n, 4) is what the band held when nobody had shared them yet.

        Returns how much coverage each texel of `source` lost.
        """
        self._admit(places, before)
        slots = np.searchsorted(self._places, places)
        free = 1.0 - self._sums[slots, 3]
        alpha = source[:, 3]
        used = np.minimum(alpha, free)
        if self._normals:
            self._take_greater(slots, source)
        else:
            weighted = source[:, :3] * np.where(alpha <= free, 1.0, used / alpha)[:, np.newaxis]
            self._sums[slots, :3] += np.where(used[:, np.newaxis] > 0, weighted, _NOTHING)
        self._sums[slots, 3] = np.minimum(self._sums[slots, 3] + used, 1.0)
        return np.asarray(alpha - used)

    def _admit(self, places: npt.NDArray[np.int64], before: Planes) -> None:
        """Take in the texels that were not shared yet."""
        new = ~np.isin(places, self._places, assume_unique=True)
        at = np.searchsorted(self._places, places[new])
        self._places = np.insert(self._places, at, places[new])
        self._sums = np.insert(self._sums, at, before[new].astype(np.float64), axis=0)
        self._greatest = np.insert(self._greatest, at, before[new, 3].astype(np.float64))

    def _take_greater(self, slots: npt.NDArray[np.intp], source: npt.NDArray[np.float64]) -> None:
        wins = source[:, 3] > self._greatest[slots]
        self._sums[slots[wins], :3] = source[wins, :3]
        self._greatest[slots[wins]] = source[wins, 3]

    def write_to(self, planes: Planes) -> None:
        """Round the sums once, into the band. A normal is scaled from its object's alpha to the summed coverage."""
        if not len(self._places):
            return
        sums = self._sums.copy()
        if self._normals:
            sums[:, :3] *= (sums[:, 3] / self._greatest)[:, np.newaxis]
        limit = np.finfo(planes.dtype).max
        planes.reshape(4, -1)[:, self._places] = np.clip(sums, -limit, limit).astype(planes.dtype).T
