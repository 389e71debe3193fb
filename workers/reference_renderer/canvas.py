"""The image of one output while it is baked, no larger than the texels that the objects can cover. Writes no files."""

from __future__ import annotations

import numpy as np

from workers.reference_renderer.exr import Pixels
from workers.reference_renderer.rasteriser import Coverage, TexelBox
from workers.reference_renderer.vectors import Vectors

_LARGEST = {"half": np.float32(65504), "float": np.float32(np.finfo(np.float32).max)}


class Canvas:
    """Premultiplied RGBA of one element; alpha is 1 on covered texels, everything else is 0."""

    def __init__(self, box: TexelBox, pixel_type: str) -> None:
        """Start empty. pixel_type: half or float."""
        self._box = box
        self._largest = _LARGEST[pixel_type]
        self._pixels: Pixels = np.zeros((*box.shape, 4), dtype=np.float16 if pixel_type == "half" else np.float32)

    def put(self, texels: Coverage, colours: Vectors) -> None:
        """Set covered texels to colours (3, n)."""
        rows, columns = texels.rows - self._box.row_begin, texels.columns - self._box.column_begin
        for channel in range(3):
            self._pixels[rows, columns, channel] = np.clip(colours[channel], -self._largest, self._largest)
        self._pixels[rows, columns, 3] = 1

    def cropped(self, empty_row: int) -> tuple[Pixels, int, int]:
        """Pixels of the smallest rectangle with all covered texels, and the column and row it begins at.

        With nothing covered it is one transparent texel in column 0 of `empty_row`.
        """
        covered = self._pixels[..., 3] != 0
        rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
        if len(rows) == 0:
            return np.zeros((1, 1, 4), dtype=self._pixels.dtype), 0, empty_row
        top, left = int(rows[0]), int(columns[0])
        pixels = self._pixels[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
        return pixels, left + self._box.column_begin, top + self._box.row_begin
