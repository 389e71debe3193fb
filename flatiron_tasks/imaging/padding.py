"""Padding in bands of rows: uncovered texels within N texels of a covered one get the colour of the nearest.

Covered texels and alpha never change. Which texel is nearest is the rule of `nearest`. Each band is padded with N
rows of neighbours above and below, so the result is the same as for the whole image, and memory is that of a window
of rows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.convert import Band
from flatiron_tasks.imaging.nearest import FAR, Found, distance_above, nearest, vertical_offsets


class RowSource(Protocol):
    """Makes rows [begin, end) of the texture, as often as asked."""

    def __call__(self, begin: int, end: int, *, again: bool) -> Band:
        """`again` says that these rows are, or will be, made another time as well."""


@dataclass(frozen=True, eq=False)
class PaddedBand:
    """A finished band: its first row, samples (h, w, channels), covered (h, w), and how many texels padding filled."""

    top: int
    samples: npt.NDArray[Any]
    covered: npt.NDArray[np.bool_]
    filled: int


@dataclass(frozen=True, kw_only=True)
class PaddingRules:
    """How to pad: reach in texels (None: no limit), across borders or not, rows (h,) bool that must stay."""

    reach: int | None
    wrap: bool
    closed_rows: npt.NDArray[np.bool_]

    @property
    def height(self) -> int:
        """Rows of the texture."""
        return len(self.closed_rows)


def padded_bands(source: RowSource, rules: PaddingRules, *, band_rows: int) -> Iterator[PaddedBand]:
    """Make the texture in bands of `band_rows`, from top to bottom, each padded within `rules.reach` texels."""
    window = _Window(source, rules, band_rows)
    for top in range(0, rules.height, band_rows):
        band, above, below = window.around(top)
        found = _found_in(band, above, below, rules)
        found = keep_open(found, top, rules)
        band.samples[found.y, found.x, :3] = window.colours(top + found.y + found.dy, found.x + found.dx)
        yield PaddedBand(top, band.samples, band.covered, len(found.y))


def keep_open(found: Found, top: int, rules: PaddingRules) -> Found:
    """Leave out texels of rows that must stay as they are; the band begins in row `top`."""
    open_ = ~rules.closed_rows[top + found.y]
    return Found(found.y[open_], found.x[open_], found.dy[open_], found.dx[open_])


def _found_in(band: Band, above: npt.NDArray[np.bool_], below: npt.NDArray[np.bool_], rules: PaddingRules) -> Found:
    """Nearest texels for `band`, with the covered masks of the rows above and below it."""
    reach = rules.reach or 0
    if reach == 0 or band.covered.all():
        return Found(*(np.empty(0, np.intp),) * 4)
    start = np.full(band.covered.shape[1], FAR, np.int32)
    up = distance_above(np.concatenate([above, band.covered]), start, reach)[len(above) :]
    down = distance_above(np.concatenate([band.covered, below])[::-1], start, reach)[::-1][: len(band.covered)]
    return nearest(vertical_offsets(up, down, reach), reach=reach, wrap=rules.wrap)


class _Window:
    """The bands around the one that is padded. Rows are virtual: across a border they go on at the other end."""

    def __init__(self, source: RowSource, rules: PaddingRules, band_rows: int) -> None:
        self._source = source
        self._height = rules.height
        self._wrap = rules.wrap
        self._halo = min(rules.reach or 0, rules.height)
        self._band_rows = band_rows
        self._bands: deque[tuple[int, Band]] = deque()
        self._end = -self._halo if rules.wrap else 0

    def around(self, top: int) -> tuple[Band, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """The band that begins in row `top`, and the covered masks of the halos above and below it."""
        bottom = min(top + self._band_rows, self._height)
        self._advance(top - self._halo, bottom + self._halo)
        own = next(band for first, band in self._bands if first == top)
        return own, self._covered(top - self._halo, top, own), self._covered(bottom, bottom + self._halo, own)

    def colours(self, y: npt.NDArray[Any], x: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Straight colours (n, 3) at virtual positions."""
        samples = self._bands[0][1].colour
        colours = np.empty((len(y), 3), samples.dtype)
        for first, band in self._bands:
            here = np.flatnonzero((y >= first) & (y < first + len(band.covered)))
            colours[here] = band.colour[y[here] - first, x[here] % samples.shape[1]]
        return colours

    def _covered(self, begin: int, end: int, like: Band) -> npt.NDArray[np.bool_]:
        parts = [band.covered[max(begin - first, 0) : max(end - first, 0)] for first, band in self._bands]
        return np.concatenate([like.covered[:0], *parts])

    def _advance(self, begin: int, end: int) -> None:
        while self._bands and self._bands[0][0] + len(self._bands[0][1].covered) <= begin:
            self._bands.popleft()
        last = end if self._wrap else min(end, self._height)
        while self._end < last:
            self._fetch()

    def _fetch(self) -> None:
        """Append the next rows, up to the end of a band and never across a border of the map."""
        begin = self._end % self._height
        end = min(begin - begin % self._band_rows + self._band_rows, self._height)
        own = 0 <= self._end < self._height
        self._bands.append((self._end, self._source(begin, end, again=not own)))
        self._end += end - begin
