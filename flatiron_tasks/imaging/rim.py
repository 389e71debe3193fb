"""The rim of the covered texels: those that touch an uncovered one, with their colours.

Only they can be nearest to any uncovered texel, because from any other covered texel one step towards it leads to a
covered texel that is nearer. So their colours are all that filling a whole map has to remember.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.painting import Palette


class RimCollector:
    """Collects the rim of a map from its bands, in order from the top.

    The last row of a band waits for the first of the next. What lies outside the map counts as covered; if the map
    tiles (`wrap`), what lies above and below it counts as uncovered, which only adds some texels.
    """

    def __init__(self, width: int, *, wrap: bool) -> None:
        self._wrap = wrap
        self._border = np.full((1, width), not wrap)
        self._waiting_covered = self._border
        self._waiting_colour: npt.NDArray[Any] | None = None
        self._counts: list[npt.NDArray[np.int64]] = []
        self._columns: list[npt.NDArray[np.int32]] = []
        self._colours: list[npt.NDArray[Any]] = []

    def add(self, colour: npt.NDArray[Any], covered: npt.NDArray[np.bool_]) -> None:
        """Add a band: `colour` (rows, width, 3 or more), of which three channels count, and `covered` (rows, width)."""
        waiting = colour[:0] if self._waiting_colour is None else self._waiting_colour
        window = np.concatenate([self._waiting_covered, covered])
        rim = self._rim(window)
        for colours, mask in ((waiting, rim[: len(waiting)]), (colour, rim[len(waiting) :])):
            y, x = np.nonzero(mask)
            self._columns.append(x.astype(np.int32))
            self._colours.append(colours[y, x, :3])
        self._counts.append(np.count_nonzero(rim, axis=1))
        self._waiting_covered, self._waiting_colour = window[-2:], colour[-1:].copy()

    def finish(self) -> Palette:
        """The rim of all bands."""
        if self._waiting_colour is not None:
            self.add(self._waiting_colour[:0], self._border)
        starts = np.concatenate([[0], *self._counts]).cumsum()
        colours = np.ascontiguousarray(np.concatenate(self._colours)).view(np.uint8)
        return Palette(starts, np.concatenate(self._columns), colours, colours.shape[1])

    def _rim(self, window: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Covered texels with an uncovered neighbour, of all rows of `window` but its first and last."""
        inner = window[1:-1]
        sides = (
            np.pad(inner, ((0, 0), (1, 1)), mode="wrap")
            if self._wrap
            else np.pad(inner, ((0, 0), (1, 1)), constant_values=True)
        )
        enclosed = sides[:, :-2] & sides[:, 2:] & window[:-2] & window[2:]
        return np.asarray(inner & ~enclosed)
