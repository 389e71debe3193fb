"""Bands with their halos: the rows above and below that padding looks into.

Rows are virtual: on a tiling texture those above the first row are the last ones of the map, and the other way round.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.convert import Band


@dataclass(frozen=True, eq=False)
class PlacedBand:
    """A band whose first row is the virtual row `top`."""

    top: int
    band: Band

    @property
    def bottom(self) -> int:
        """One beyond the last row."""
        return self.top + len(self.band.covered)

    def cut(self, begin: int, end: int) -> PlacedBand:
        """Rows [begin, end), as far as they are in the band."""
        rows = np.s_[max(begin - self.top, 0) : max(end - self.top, 0)]
        band = Band(self.band.samples[rows], self.band.colour[rows], self.band.covered[rows])
        return PlacedBand(max(begin, self.top), band)

    def moved(self, rows: int) -> PlacedBand:
        """The same rows elsewhere."""
        return PlacedBand(self.top + rows, self.band)


@dataclass(frozen=True, eq=False)
class Window:
    """The band `own` and the neighbours that reach into its halo, from top to bottom, `own` among them."""

    own: PlacedBand
    parts: Sequence[PlacedBand]

    def joined(self, reach: int) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_], int]:
        """Colours (whole texels) and coverage of the halo and the band, and where in them the band begins."""
        parts = [part.cut(self.own.top - reach, self.own.bottom + reach) for part in self.parts]
        colour = np.concatenate([part.band.texels for part in parts])
        covered = np.concatenate([part.band.covered for part in parts])
        return colour, covered, self.own.top - parts[0].top


def windows(
    bands: Iterable[PlacedBand], *, height: int, reach: int, rows_before: Callable[[int], PlacedBand] | None
) -> Iterator[Window]:
    """Each band of a map of `height` rows, once the `reach` rows below it are there.

    For a tiling texture `rows_before(n)` makes the last n rows of the map; None: nothing is beyond the borders.
    """
    halo = min(reach, height)
    kept: deque[PlacedBand] = deque()
    waiting: deque[PlacedBand] = deque()
    if rows_before and halo:
        kept.append(rows_before(halo).moved(-height))
    for placed in _continued(bands, height, halo if rows_before else 0):
        kept.append(placed)
        if placed.top < height:
            waiting.append(placed)
        while waiting and placed.bottom >= min(waiting[0].bottom + halo, height + (halo if rows_before else 0)):
            own = waiting.popleft()
            while kept[0].bottom <= own.top - halo:
                kept.popleft()
            yield Window(own, [part for part in kept if part.top < own.bottom + halo])


def _continued(bands: Iterable[PlacedBand], height: int, again: int) -> Iterator[PlacedBand]:
    """The bands, and the first `again` rows once more below the last."""
    first: list[PlacedBand] = []
    for placed in bands:
        if placed.top < again:
            first.append(placed.cut(0, again))
        yield placed
    yield from (placed.moved(height) for placed in first)
