"""The picture that every workload shows: an atlas of charts, as a path tracer would bake it.

1024 charts in 32 x 32 cells, about 66 % of the map covered, outlines that wobble and are soft for about one texel,
smooth shading with noise. A texel depends on the side of the map and the seed alone, so the atlas is the same however
it is cut into objects. Writes no file.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gamma

import numpy as np
import numpy.typing as npt

CHARTS_PER_SIDE = 32
COVERAGE = 0.66
"""Share of a cell that its chart covers, on average."""

_REACH = 0.485  # longest half axis of a chart, in cells: neighbours stay apart
_NOISE = 0.12
_TINT_NOISE = 0.03

Half = npt.NDArray[np.float16]


@dataclass(frozen=True)
class _Chart:
    """A superellipse with a wobbling outline, in units of its cell, and the colours of its two ends."""

    half_width: float
    half_height: float
    exponent: float
    wobble: tuple[float, float]
    colours: npt.NDArray[np.float32]


def region(side: int, seed: int, *, left: int, top: int, width: int, height: int) -> Half:
    """Texels of the atlas, (height, width, 4) premultiplied linear half RGBA; the region is made of whole cells.

    `side`, `left`, `top`, `width` and `height` are texels and multiples of `side / 32`.
    """
    cell = side // CHARTS_PER_SIDE
    pixels = np.zeros((height, width, 4), np.float16)
    for row in range(height // cell):
        for column in range(width // cell):
            place = np.s_[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
            pixels[place] = _chart_texels(cell, seed, top // cell + row, left // cell + column)
    return pixels


def _chart_texels(cell: int, seed: int, row: int, column: int) -> Half:
    rng = np.random.default_rng((seed, row, column))
    chart = _random_chart(rng)
    alpha = _coverage(chart, cell)
    along = (np.arange(cell, dtype=np.float32) + 0.5) / cell
    light = along[:, np.newaxis] * 0.6 + along * 0.4
    light *= 1 + _NOISE * rng.standard_normal((cell, cell), np.float32)
    colour = chart.colours[0] + light[..., np.newaxis] * (chart.colours[1] - chart.colours[0])
    colour *= 1 + _TINT_NOISE * rng.standard_normal((cell, cell, 3), np.float32)
    texels = np.empty((cell, cell, 4), np.float16)
    texels[..., 3] = alpha
    texels[..., :3] = np.maximum(colour, 0) * texels[..., 3:].astype(np.float32)
    return texels


def _random_chart(rng: np.random.Generator) -> _Chart:
    exponent = float(rng.uniform(2.6, 6.0))
    half_width = _REACH * float(rng.uniform(0.92, 1.0))
    # A superellipse with half axes a and b has the area a b f.
    f = 4 * gamma(1 + 1 / exponent) ** 2 / gamma(1 + 2 / exponent)
    half_height = min(_REACH, COVERAGE / (half_width * f))
    return _Chart(
        half_width,
        half_height,
        exponent,
        (float(rng.uniform(3, 9)), float(rng.uniform(0, 6))),
        rng.uniform(0.02, 0.9, (2, 3)).astype(np.float32),
    )


def _coverage(chart: _Chart, cell: int) -> npt.NDArray[np.float32]:
    """Alpha of the cell's texels (cell, cell): 1 inside, falling to 0 over about one texel at the outline."""
    centre = (np.arange(cell, dtype=np.float32) + 0.5) / cell - 0.5
    x, y = np.meshgrid(centre / chart.half_width, centre / chart.half_height)
    radius = (np.abs(x) ** chart.exponent + np.abs(y) ** chart.exponent) ** np.float32(1 / chart.exponent)
    waves, phase = chart.wobble
    radius += 0.012 * (1 + np.sin(np.arctan2(y, x) * round(waves) + phase))
    inside = (1 - radius) * (cell * min(chart.half_width, chart.half_height))
    return np.clip(inside + 0.5, 0, 1).astype(np.float32)
