"""Filling the whole texture: every uncovered texel gets the colour of the nearest covered one, however far.

Two passes over the bands of the map. The first keeps, for each column, the nearest covered rows above and below each
band, and the colours of the rim. With these the second fills each band by itself, in any order. The rule is that of
`nearest`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.nearest import look_along, paint_band
from flatiron_tasks.imaging.painting import (
    MOST_REACH,
    NOWHERE,
    Area,
    Bools,
    Palette,
    Rows,
    texel_bytes,
    with_margins,
    wrap_margin,
)
from flatiron_tasks.imaging.rim import RimCollector


@dataclass(eq=False)
class _Outside:
    """For each column the nearest covered rows above and below a band."""

    above: Rows
    below: Rows


class FillSurvey:
    """What the first pass learns about a map of `width` x `height` texels; with `wrap` it tiles.

    Use it in this order: `add` for every band from the top, `finish`, `fill` for the same bands in any order and
    thread. Memory: eight bytes per column and band, and the rim.
    """

    def __init__(self, width: int, height: int, wrap: bool) -> None:
        self._height = height
        self._wrap = wrap
        self._margin = wrap_margin(width, MOST_REACH) if wrap else 0
        self._bands: dict[int, _Outside] = {}
        self._above = np.full(width, -NOWHERE, np.int32)
        self._collector = RimCollector(width, wrap=wrap)
        self._rim: Palette | None = None

    def add(self, top: int, colour: npt.NDArray[Any], covered: Bools) -> None:
        """Learn the rows from `top` on.

        `colour` (rows, width, 3 or 4) is what `fill` copies, its first three channels; `covered` (rows, width).
        Neither is kept.
        """
        plain = np.ascontiguousarray(covered).view(np.uint8)
        inside = np.full_like(self._above, NOWHERE)
        look_along(plain, (len(plain) - 1, -1, -1), top, inside)
        self._bands[top] = _Outside(self._above.copy(), inside)
        look_along(plain, (0, len(plain), 1), top, self._above)
        self._collector.add(colour, covered)

    def finish(self) -> None:
        """End the first pass."""
        self._rim = self._collector.finish()
        below = np.full_like(self._above, NOWHERE)
        if self._wrap:
            self._go_on_above()
            below = np.minimum(below, self._highest() + self._height)
        for band in reversed(self._bands.values()):
            inside, band.below = band.below, below
            below = np.where(inside < NOWHERE, inside, below)

    def fill(self, top: int, samples: npt.NDArray[Any], covered: Bools, open_rows: Bools) -> int:
        """Fill the uncovered texels of the band at `top`, in place, but only in `open_rows` (rows,); return how many.

        `samples` (rows, width, 3 or more) has the type of the colours that were added; its first three channels
        change.
        """
        if self._rim is None:
            raise RuntimeError("The first pass over the map is not finished")
        outside, margin = self._bands[top], self._margin
        area = Area(
            with_margins(covered, margin).view(np.uint8),
            top,
            margin,
            with_margins(outside.above, margin).copy(),
            with_margins(outside.below, margin).copy(),
            open_rows,
        )
        filled: int = paint_band(area, MOST_REACH, self._rim, texel_bytes(samples))
        return filled

    def _go_on_above(self) -> None:
        """Above the map of a tiling texture lie its lowest covered texels."""
        for band in self._bands.values():
            band.above = np.maximum(band.above, self._above - self._height)

    def _highest(self) -> Rows:
        """The first covered row of each column of the map."""
        highest: Rows = np.minimum.reduce([band.below for band in self._bands.values()])
        return highest
