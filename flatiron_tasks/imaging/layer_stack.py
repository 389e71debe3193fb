"""All layers of one texture, read in bands of rows.

Memory and open files do not grow with the number of layers: headers are kept, pixels are read per band, and at most
`_OPEN_FILES` layers stay open.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.accumulate import BandAccumulator
from flatiron_tasks.imaging.image_input import ImageFile, dtype_of
from flatiron_tasks.imaging.layer import LayerHeader, not_a_layer, read_layer_info
from flatiron_tasks.imaging.overlap import OverlapTally

_OPEN_FILES = 64


@dataclass(frozen=True)
class Layer:
    """One object's merged pass for a texture: its file, and the object's name for reports."""

    path: Path
    label: str


class LayerStack:
    """Layers in plan order for a map of `width` x `height` texels. Use it as a context manager.

    Raises RejectedPieceError if a file is no layer of such a map.
    """

    def __init__(self, layers: Sequence[Layer], *, width: int, height: int, normals: bool) -> None:
        self._layers = layers
        self._width, self._height = width, height
        self._normals = normals
        self._headers = [read_layer_info(layer.path) for layer in layers]
        self._open: OrderedDict[int, ImageFile] = OrderedDict()
        for layer, header in zip(layers, self._headers, strict=True):
            self._check(layer.path, header)
        # Half stays half as long as nothing wider comes in.
        wide = any(header.pixel_type == "float" for header in self._headers)
        self._dtype = dtype_of("float" if wide else "half")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def rows(self, begin: int, end: int, tally: OverlapTally | None = None) -> npt.NDArray[np.floating[Any]]:
        """Combine rows [begin, end) of the map: (rows, width, 4) premultiplied float16, or float32 if any layer is.

        Overlaps are added to `tally`. Raises RejectedPieceError if a layer cannot be decoded.
        """
        band = BandAccumulator(
            begin=begin,
            rows=end - begin,
            width=self._width,
            dtype=self._dtype,
            normals=self._normals,
            tally=tally,
        )
        for index, top, bottom in self._crossing(begin, end):
            band.add(index, self._headers[index].x, top, self._opened(index).rows(top, bottom))
        return band.result()

    def _crossing(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Layers that have rows in [begin, end), with the common rows."""
        for index, header in enumerate(self._headers):
            top, bottom = max(begin, header.y), min(end, header.y + header.height)
            if top < bottom:
                yield index, top, bottom

    def _opened(self, index: int) -> ImageFile:
        image = self._open.pop(index, None) or ImageFile(self._layers[index].path)
        self._open[index] = image
        if len(self._open) > _OPEN_FILES:
            self._open.popitem(last=False)[1].close()
        return image

    def _check(self, path: Path, header: LayerHeader) -> None:
        if (header.map_width, header.map_height) != (self._width, self._height):
            raise not_a_layer(
                path,
                f"it belongs to a map of {header.map_width}x{header.map_height}, not {self._width}x{self._height}",
            )
        right, bottom = header.x + header.width, header.y + header.height
        if header.x < 0 or header.y < 0 or right > self._width or bottom > self._height:
            raise not_a_layer(path, "its data window leaves the map")
