"""Padding within a band of rows: uncovered texels near a covered one get the colour of the nearest.

Covered texels and alpha never change. Which texel is nearest is the rule of `nearest`. A band comes with as many rows
of neighbours above and below as padding reaches, so the result is the same as for the whole image. Filling however far
is `fill`'s work.
"""

from __future__ import annotations

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
    texel_bytes,
    with_margins,
    wrap_margin,
)


def pad_rows(
    colour: npt.NDArray[Any],
    covered: Bools,
    *,
    first: int,
    rows: int,
    reach: int,
    wrap: bool,
    open_rows: Bools,
    samples: npt.NDArray[Any] | None = None,
) -> int:
    """Give uncovered texels the colour of the nearest covered texel within `reach`; return how many got one.

    `colour` (h, width, 3 or 4) uint8, uint16, float16 or float32 with its channels side by side in memory; `covered`
    (h, width). Both hold the `rows` rows from `first` on that are padded and, above and below them, the rows of the
    map within `reach`; on a tiling texture (`wrap`) these go on at the other end of the map, as far as `reach` or for
    half its height. `open_rows` (rows,) says which of the rows may change.

    Changes the first three channels in place: of `samples` (rows, width, 3 or more, the type of `colour`) if given,
    else of `colour`. Rows above and below, and covered texels, only give. May run in several threads at once.
    """
    if reach <= 0 or not colour[first : first + rows].size:
        return 0
    target = colour[first : first + rows] if samples is None else samples
    reach = min(reach, MOST_REACH)
    area = _area(covered, open_rows, first=first, reach=reach, wrap=wrap)
    filled: int = paint_band(area, reach, _palette(colour), texel_bytes(target))
    return filled


def _area(covered: Bools, open_rows: Bools, *, first: int, reach: int, wrap: bool) -> Area:
    """The rows to be padded, with what the rows around them say. Rows are numbered as in `covered`."""
    height, width = covered.shape
    after = first + len(open_rows)
    margin = wrap_margin(width, reach) if wrap else 0
    plain = with_margins(covered, margin).view(np.uint8)
    above = np.full(plain.shape[1], -NOWHERE, np.int32)
    look_along(plain, (max(first - reach, 0), first, 1), 0, above)
    beneath = np.full(plain.shape[1], NOWHERE, np.int32)
    look_along(plain, (min(after + reach, height) - 1, after - 1, -1), 0, beneath)
    return Area(plain[first:after], first, margin, above, beneath, open_rows)


def _palette(colour: npt.NDArray[Any]) -> Palette:
    """All texels of `colour` (h, w, 3 or 4), without a copy unless its rows lie apart."""
    height, width = colour.shape[:2]
    if colour.strides[0] != width * colour.strides[1]:
        colour = np.ascontiguousarray(colour)
    colours = texel_bytes(colour).reshape(height * width, -1)
    return Palette(np.arange(height + 1) * width, np.empty(0, np.int32), colours, 3 * colour.itemsize)
