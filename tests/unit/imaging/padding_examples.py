"""Padding of small pictures: the obvious way, and ours band by band."""

from __future__ import annotations

from typing import Any

import numpy as np

from flatiron_tasks.imaging.fill import FillSurvey
from flatiron_tasks.imaging.padding import pad_rows
from tests.unit.imaging.image_examples import Array

UNPAINTED = 7


def brute_force(colour: Array, covered: Array, reach: int | None, *, wrap: bool) -> tuple[Array, int]:
    """Try every covered texel for every uncovered one; the smallest (dx² + dy², dx, dy) wins. Count what is filled."""
    height, width = covered.shape
    result = colour.copy()
    copies = (-1, 0, 1) if wrap else (0,)
    y, x = np.nonzero(covered)
    source_y = np.concatenate([y + copy * height for copy in copies for _ in copies])
    source_x = np.concatenate([x + copy * width for _ in copies for copy in copies])
    filled = 0
    for ty, tx in zip(*np.nonzero(~covered), strict=True) if len(y) else ():
        dy, dx = source_y - ty, source_x - tx
        squared = dx * dx + dy * dy
        best = np.lexsort((dy, dx, squared))[0]
        if reach is None or squared[best] <= reach * reach:
            result[ty, tx, :3] = colour[source_y[best] % height, source_x[best] % width, :3]
            filled += 1
    return result, filled


def picture(covered: Array, dtype: Any = np.uint16, channels: int = 3) -> Array:
    """Covered texels of many colours (all different in 16 bits), all others of one that no covered texel has."""
    numbers = np.arange(covered.size * 3, dtype=np.int64).reshape(*covered.shape, 3)
    colours = np.zeros((*covered.shape, channels), dtype)
    colours[..., :3] = (numbers % 200 if np.dtype(dtype).itemsize == 1 else numbers) + UNPAINTED + 1
    colours[..., 3:] = 5
    colours[~covered, :3] = UNPAINTED
    return colours


def around(top: int, bottom: int, reach: int, height: int, *, wrap: bool) -> tuple[Array, int]:
    """The rows of a band with its halo, and where in them the band begins."""
    if wrap:
        halo = min(reach, height)
        return np.arange(top - halo, bottom + halo) % height, halo
    begin = max(top - reach, 0)
    return np.arange(begin, min(bottom + reach, height)), top - begin


def padded(
    colour: Array, covered: Array, reach: int, *, wrap: bool = False, band_rows: int = 1 << 20, closed: Any = ()
) -> tuple[Array, int]:
    """Pad band by band."""
    height = len(covered)
    open_rows = ~np.isin(np.arange(height), closed)
    result, filled = np.empty_like(colour), 0
    for top in range(0, height, band_rows):
        bottom = min(top + band_rows, height)
        rows, first = around(top, bottom, reach, height, wrap=wrap)
        window, mask = colour[rows], covered[rows]
        before = window.copy()
        filled += pad_rows(
            window, mask, first=first, rows=bottom - top, reach=reach, wrap=wrap, open_rows=open_rows[top:bottom]
        )
        result[top:bottom] = window[first : first + bottom - top]
        window[first : first + bottom - top] = before[first : first + bottom - top]
        assert window.tobytes() == before.tobytes()
    return result, filled


def filled_up(
    colour: Array, covered: Array, *, wrap: bool = False, band_rows: int = 1 << 20, closed: Any = ()
) -> tuple[Array, int]:
    """Fill the whole map, first the last band."""
    height, width = covered.shape
    open_rows = ~np.isin(np.arange(height), closed)
    survey = FillSurvey(width, height, wrap)
    bands = [slice(top, min(top + band_rows, height)) for top in range(0, height, band_rows)]
    for band in bands:
        survey.add(band.start, colour[band, :, :3], covered[band])
    survey.finish()
    result = colour.copy()
    filled = sum(survey.fill(band.start, result[band], covered[band], open_rows[band]) for band in reversed(bands))
    return result, filled
