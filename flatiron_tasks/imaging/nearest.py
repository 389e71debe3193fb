"""The nearest covered texel of every uncovered one: exact, by Euclidean distance between texel centres.

One rule decides between equally near texels: the leftmost source wins, then the topmost; formally the smallest (dx² +
dy², dx, dy). On a tiling texture the offsets (dx, dy) are counted across the border.

Two steps (after Meijster and others 2000, "A General Algorithm for Computing Distance Transforms in Linear Time"):
first the nearest covered texel within each column, then along each row the column whose candidate is nearest. The
second step has two forms with equal results, one fast for small distances, one whose time does not depend on the
distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer[Any]]
Bools = npt.NDArray[np.bool_]

FAR = 1 << 20
"""Vertical distance that means "no covered texel": above any side of a map."""

_SHIFTED_REACH = 32  # up to here trying every column offset is faster than searching
_BLOCK_COLUMNS = 1024
_RANGE_BITS = 20  # bits for a place among the candidates of one row, at most three times 65,536


@dataclass(frozen=True, eq=False)
class Found:
    """Uncovered texels (`y`, `x`) of a band and the offsets (`dy`, `dx`) to their nearest covered texels."""

    y: Ints
    x: Ints
    dy: Ints
    dx: Ints


def distance_above(covered: Bools, start: Ints, limit: int) -> npt.NDArray[np.int32]:
    """Rows up to the nearest covered texel of the column, for each texel of `covered` (h, w): 0 on a covered one.

    `start` (w,) are the distances of the row before the first; values above `limit` are cut to `limit` + 1.
    For the distance below, pass the rows upside down.
    """
    distances = np.empty(covered.shape, np.int32)
    empty = ~covered
    previous = start
    for row, hole in zip(distances, empty, strict=True):
        np.add(previous, 1, out=row)
        np.minimum(row, limit + 1, out=row)
        np.multiply(row, hole, out=row)
        previous = row
    return distances


def vertical_offsets(above: Ints, below: Ints, limit: int) -> npt.NDArray[np.int32]:
    """Signed rows to the nearest covered texel of each column (h, w), `FAR` if beyond `limit`. Up wins ties."""
    offsets = np.where(above <= below, -above, below)
    return np.where(np.minimum(above, below) > limit, FAR, offsets).astype(np.int32)


def nearest(offsets: Ints, *, reach: int | None, wrap: bool) -> Found:
    """Find the nearest covered texels for the rows whose `vertical_offsets` (h, w) these are.

    `reach` is the greatest distance in texels that counts, None for any; `wrap` continues rows at their other end.
    """
    width = offsets.shape[1]
    margin = width if reach is None else min(reach, width)
    extended = _extended(offsets, margin, wrap=wrap)
    if reach is not None and reach <= _SHIFTED_REACH:
        y, x, dx = _by_shifts(extended, margin, reach)
    else:
        y, x, dx = _by_search(extended, margin, reach)
    return Found(y, x, extended[y, x + dx + margin], dx)


def _extended(offsets: Ints, margin: int, *, wrap: bool) -> Ints:
    """The columns with `margin` more on both sides: the other end of the row, or nothing covered."""
    rows, width = offsets.shape
    if wrap:
        return np.asarray(np.take(offsets, np.arange(-margin, width + margin) % width, axis=1))
    extended = np.full((rows, width + 2 * margin), FAR, np.int32)
    extended[:, margin : margin + width] = offsets
    return extended


def _by_shifts(extended: Ints, margin: int, reach: int) -> tuple[Ints, Ints, Ints]:
    """Try every column offset within `reach`, in blocks of columns that fit into the processor's cache."""
    width = extended.shape[1] - 2 * margin
    parts = []
    for left in range(0, width, _BLOCK_COLUMNS):
        right = min(left + _BLOCK_COLUMNS, width)
        block = extended[:, left : right + 2 * margin]
        own = block[:, margin : margin + right - left]
        if own.any() and (block != FAR).any():  # neither all covered nor out of reach
            y, x, dx = _shifted_minima(block, margin, reach)
            parts.append((y, x + left, dx))
    if not parts:
        return (np.empty(0, np.intp),) * 3
    y, x, dx = (np.concatenate(column) for column in zip(*parts, strict=True))
    return y, x, dx


def _shifted_minima(block: Ints, margin: int, reach: int) -> tuple[Ints, Ints, Ints]:
    """Per texel the smallest key: squared distance first, then column offset."""
    width = block.shape[1] - 2 * margin
    beyond = reach + 1
    heights = np.minimum(np.abs(block), beyond).astype(np.uint32)
    columns = (heights * heights) << 8
    best = np.full((len(block), width), np.uint32(0xFFFFFFFF))
    for dx in range(-margin, margin + 1):
        key = np.uint32((dx * dx << 8) | (dx + margin))
        np.minimum(best, columns[:, margin + dx : margin + dx + width] + key, out=best)
    wanted = (block[:, margin : margin + width] != 0) & (best >> 8 <= reach * reach)
    y, x = np.nonzero(wanted)
    return y, x, (best[y, x] & 0xFF).astype(np.intp) - margin


def _by_search(extended: Ints, margin: int, reach: int | None) -> tuple[Ints, Ints, Ints]:
    """Search among the candidate columns of each row: the best column never moves left from one texel to the next."""
    width = extended.shape[1] - 2 * margin
    y, x = np.nonzero(extended[:, margin : margin + width])
    candidate_y, candidate_x = np.nonzero(_useful(extended))
    rows = np.arange(len(extended) + 1)
    first = np.searchsorted(candidate_y, rows)
    possible = first[y] < first[y + 1]
    y, x = y[possible], x[possible]
    heights = extended[candidate_y, candidate_x].astype(np.int64)
    best = _row_minima(y, x + margin, first, candidate_x, heights * heights)
    dx = candidate_x[best] - margin - x
    if reach is not None:
        within = dx * dx + heights[best] ** 2 <= reach * reach
        y, x, dx = y[within], x[within], dx[within]
    return y, x, dx


def _useful(extended: Ints) -> Bools:
    """Columns that can be nearest: not far, and not covered between two covered ones, which are nearer to others."""
    inner = extended == 0
    inner[:, 1:-1] &= (extended[:, :-2] == 0) & (extended[:, 2:] == 0)
    inner[:, [0, -1]] = False
    return np.asarray((extended != FAR) & ~inner)


def _row_minima(y: Ints, x: Ints, first: Ints, candidate_x: Ints, heights: Ints) -> npt.NDArray[np.intp]:
    """For each texel (`y`, `x`), sorted, the index of the leftmost nearest candidate of its row.

    Halving: texels at every 2^k-th place are solved first; those between them search between their answers only.
    `first` says where each row's candidates begin; `heights` are squared vertical distances.
    """
    starts = np.searchsorted(y, np.arange(len(first)))
    count = starts[y + 1] - starts[y]
    place = np.arange(len(y)) - starts[y]
    best = np.zeros(len(y), np.intp)
    step = 1 << max(int(count.max(initial=0)).bit_length() - 1, 0)
    while step:
        now = np.flatnonzero((place + 1) % (2 * step) == step)
        low = np.where(place[now] >= step, best[now - step], first[y[now]])
        after = np.minimum(now + step, len(y) - 1)
        high = np.where(place[now] + step < count[now], best[after], first[y[now] + 1] - 1)
        best[now] = _range_minima(x[now], low, high, candidate_x, heights)
        step //= 2
    return best


def _range_minima(x: Ints, low: Ints, high: Ints, candidate_x: Ints, heights: Ints) -> Ints:
    """For each `x` the leftmost nearest of the candidates `low` to `high`, both included."""
    if not len(x):
        return low
    lengths = high - low + 1
    begin = np.cumsum(lengths) - lengths
    place = np.arange(int(lengths.sum())) - np.repeat(begin, lengths)
    candidates = place + np.repeat(low, lengths)
    across = np.repeat(x, lengths) - candidate_x[candidates]
    keys = ((across * across + heights[candidates]) << _RANGE_BITS) | place
    return low + (np.minimum.reduceat(keys, begin) & ((1 << _RANGE_BITS) - 1))
