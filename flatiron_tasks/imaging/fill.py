"""Filling the whole texture: every uncovered texel gets the colour of the nearest covered one, however far.

Two passes over the rows. The first keeps one byte of coverage per texel (64 MiB at 8192x8192) and the colours of the
rim: only a covered texel that touches an uncovered one can be nearest to any. The second fills band by band.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.nearest import FAR, Found, distance_above, nearest, vertical_offsets
from flatiron_tasks.imaging.padding import PaddedBand, PaddingRules, RowSource, keep_open

_LIMIT = FAR - 1


def filled_bands(source: RowSource, rules: PaddingRules, *, band_rows: int) -> Iterator[PaddedBand]:
    """Make the texture in bands of `band_rows`, from top to bottom, every uncovered texel filled.

    The first pass asks `source` with again=False, so that whoever counts sees each row once.
    """
    survey = _Survey(source, rules, band_rows)
    for top in survey.tops:
        band = source(top, min(top + band_rows, rules.height), again=True)
        found = keep_open(survey.nearest(top), top, rules)
        band.samples[found.y, found.x, :3] = survey.colours(top + found.y + found.dy, found.x + found.dx)
        yield PaddedBand(top, band.samples, band.covered, len(found.y))


class _Survey:
    """What the first pass learns: coverage, colours of the rim, vertical distances at the borders of bands."""

    def __init__(self, source: RowSource, rules: PaddingRules, band_rows: int) -> None:
        self.tops = range(0, rules.height, band_rows)
        self._wrap = rules.wrap
        self._height = rules.height
        self._covered: list[npt.NDArray[np.bool_]] = []
        places, colours = [], []
        for top in self.tops:
            band = source(top, min(top + band_rows, rules.height), again=False)
            y, x = np.nonzero(_rim(band.covered))
            self._covered.append(band.covered)
            places.append((top + y) * band.covered.shape[1] + x)
            colours.append(band.colour[y, x])
        self._rim_places, self._rim_colours = np.concatenate(places), np.concatenate(colours)
        self._above = dict(zip(self.tops, self._starts(self._covered), strict=True))
        upwards = self._starts([covered[::-1] for covered in reversed(self._covered)])
        self._below = dict(zip(reversed(self.tops), upwards, strict=True))

    def nearest(self, top: int) -> Found:
        """The nearest covered texels for the band that begins in row `top`."""
        covered = self._covered[self.tops.index(top)]
        up = distance_above(covered, self._above[top], _LIMIT)
        down = distance_above(covered[::-1], self._below[top], _LIMIT)[::-1]
        return nearest(vertical_offsets(up, down, _LIMIT), reach=None, wrap=self._wrap)

    def colours(self, y: npt.NDArray[Any], x: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Straight colours (n, 3) of rim texels; positions may lie across a border of the map."""
        width = self._covered[0].shape[1]
        places = (y % self._height) * width + x % width
        return np.asarray(self._rim_colours[np.searchsorted(self._rim_places, places)])

    def _starts(self, bands: Iterable[npt.NDArray[np.bool_]]) -> list[npt.NDArray[np.int32]]:
        """For each band the vertical distances of the row before it, seen in the order of `bands`."""
        bands = list(bands)
        distances = np.full(bands[0].shape[1], FAR, np.int32)
        starts: list[npt.NDArray[np.int32]] = []
        for covered in bands * 2 if self._wrap else bands:
            starts.append(distances)
            distances = distance_above(covered, distances, _LIMIT)[-1].copy()
        return starts[-len(bands) :]


def _rim(covered: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Covered texels with an uncovered neighbour. Outside the band counts as uncovered, which only adds some."""
    rim = covered.copy()
    across = covered[1:-1, :-2] & covered[1:-1, 2:]
    along = covered[:-2, 1:-1] & covered[2:, 1:-1]
    rim[1:-1, 1:-1] &= ~(across & along)
    return rim
