"""What padding and filling share besides the search: the area to be painted, its colours, and the form of both.

Rows and columns are numbers in a window that the caller chooses.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

Rows = npt.NDArray[np.int32]
"""One row number for each column, (columns,)."""

NOWHERE = 1 << 24
"""Row number, with either sign, that means "no covered texel": farther away than any reach."""

MOST_REACH = 1 << 20
"""A reach that means "however far": above any distance on a map, below `NOWHERE`."""


class Area(NamedTuple):
    """A band to be painted, its first row being number `top`.

    `covered` (rows, width + 2 * `margin`) continues at both sides what wraps. `above` and `beneath` are the nearest
    covered rows outside of the band; they are used up. Only `open_rows` (rows,) are painted.
    """

    covered: Bytes
    top: int
    margin: int
    above: Rows
    beneath: Rows
    open_rows: Bools


class Palette(NamedTuple):
    """Colours of the covered texels of a map of `height` rows, those of a row from place `starts[row]` on.

    `columns` (n,) says which columns they are in; if it is empty, all columns are there. `colours` (n, bytes) are the
    bytes of the texels, of which the first `size` are the colour.
    """

    starts: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int32]
    colours: Bytes
    size: int


def texel_bytes(samples: npt.NDArray[Any]) -> Bytes:
    """The memory of `samples` (h, w, c) as bytes (h, w, bytes from one texel to the next), without a copy.

    A view of the first channels of a wider array becomes contiguous by this, and all types become one, so that the
    compiled loops exist once. Only the bytes of the c channels may be used.
    """
    plain = samples.view(np.uint8)
    shape = (*plain.shape[:2], plain.strides[1])
    return np.lib.stride_tricks.as_strided(plain, shape, plain.strides)


def wrap_margin(width: int, reach: int) -> int:
    """Columns of the other end to put at both sides of a row that wraps: beyond half a row nothing is nearest."""
    return min(reach, width // 2)


def with_margins(columns: npt.NDArray[Any], margin: int) -> npt.NDArray[Any]:
    """The last axis continued by `margin` at both ends with what is at its other end, C-contiguous."""
    if not margin:
        return np.ascontiguousarray(columns)
    return np.concatenate([columns[..., -margin:], columns, columns[..., :margin]], axis=-1)
