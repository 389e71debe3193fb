"""Which texels the triangles of an object cover in its texture, and where on the triangle. Does not shade.

A texel is covered when its centre lies inside or on the edge of a triangle; of several, the first wins. Everything is
computed in absolute texel coordinates, float64; only the bounds of the loop depend on the rows asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workers.reference_renderer.vectors import Indices, Vectors

_EDGE = 1e-9
"""Width of the edge in barycentric units, so that rounding opens no hole between two triangles that share it."""


@dataclass(frozen=True)
class TexelBox:
    """A rectangle of texels; the ends are exclusive."""

    column_begin: int
    column_end: int
    row_begin: int
    row_end: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.row_end - self.row_begin, self.column_end - self.column_begin

    def rows(self, begin: int, end: int) -> TexelBox:
        """The part of the box in these rows."""
        return TexelBox(self.column_begin, self.column_end, max(begin, self.row_begin), min(end, self.row_end))


@dataclass(frozen=True)
class Coverage:
    """n covered texels in ascending order of (row, column)."""

    rows: Indices
    columns: Indices
    triangles: Indices
    """Number of the triangle within the object."""
    weights: Vectors
    """Barycentric coordinates of the texel centre, (3, n)."""

    def take(self, part: npt.NDArray[np.bool_] | slice) -> Coverage:
        """Some of the texels."""
        return Coverage(self.rows[part], self.columns[part], self.triangles[part], self.weights[:, part])


class UvRasteriser:
    """The triangles of one object, laid out in a texture of a given size."""

    def __init__(self, uv: npt.NDArray[np.float64], width: int, height: int) -> None:
        """Take texture coordinates (t, 3, 2), origin at the top left."""
        self._x = uv[:, :, 0] * width - 0.5
        self._y = uv[:, :, 1] * height - 0.5
        columns = np.clip([np.ceil(self._x.min(axis=1)), np.floor(self._x.max(axis=1)) + 1], 0, width)
        rows = np.clip([np.ceil(self._y.min(axis=1)), np.floor(self._y.max(axis=1)) + 1], 0, height)
        self._column_begin, self._column_end = columns.astype(np.int64)
        self._row_begin, self._row_end = rows.astype(np.int64)

    def box(self) -> TexelBox:
        """A rectangle outside of which nothing is covered."""
        return TexelBox(
            int(self._column_begin.min()),
            int(self._column_end.max()),
            int(self._row_begin.min()),
            int(self._row_end.max()),
        )

    def cover(self, row_begin: int, row_end: int) -> Coverage:
        """Covered texels in some rows."""
        triangles, rows, columns = self._candidates(row_begin, row_end)
        inside, weights = self._weights(triangles, rows, columns)
        found = Coverage(rows[inside], columns[inside], triangles[inside], weights)
        # Candidates come in the order of the triangles and `unique` keeps the first: the lowest triangle wins.
        span = int(self._column_end.max()) + 1
        _, first = np.unique(found.rows * span + found.columns, return_index=True)
        return Coverage(found.rows[first], found.columns[first], found.triangles[first], found.weights[:, first])

    def _candidates(self, row_begin: int, row_end: int) -> tuple[Indices, Indices, Indices]:
        """Every texel in the bounding box of every triangle."""
        top = np.clip(self._row_begin, row_begin, row_end)
        heights = np.maximum(np.clip(self._row_end, row_begin, row_end) - top, 0)
        widths = np.maximum(self._column_end - self._column_begin, 0)
        counts = widths * heights
        triangles = np.repeat(np.arange(len(counts)), counts)
        offsets = np.arange(len(triangles)) - np.repeat(np.cumsum(counts) - counts, counts)
        rows, columns = np.divmod(offsets, widths[triangles])
        return triangles, rows + top[triangles], columns + self._column_begin[triangles]

    def _weights(
        self, triangles: Indices, rows: Indices, columns: Indices
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
        """Which candidates lie inside, and the barycentric coordinates of those."""
        xa, xb, xc = self._x[triangles].T
        ya, yb, yc = self._y[triangles].T
        a = (xc - xb) * (rows - yb) - (yc - yb) * (columns - xb)
        b = (xa - xc) * (rows - yc) - (ya - yc) * (columns - xc)
        c = (xb - xa) * (rows - ya) - (yb - ya) * (columns - xa)
        area = a + b + c
        clockwise = area < 0
        for edge in (a, b, c, area):
            np.negative(edge, out=edge, where=clockwise)
        outside = -_EDGE * area
        inside = (a >= outside) & (b >= outside) & (c >= outside) & (area > 0)
        return inside, np.clip(np.stack([a, b, c])[:, inside] / area[inside], 0, 1).astype(np.float32)
