"""The loop that everybody writes: whole images in float, `over` one after the other, dilation texel by texel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.benchmarks.contenders.images import origin_of, read_samples, write_png
from tests.benchmarks.pieces import load
from tests.benchmarks.worker import Contender, Request

Floats = npt.NDArray[np.float32]
Pad = Callable[[Floats, npt.NDArray[np.bool_], int], None]

_NEIGHBOURS = ((-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))


def prepare(request: Request) -> Contender:
    """Nothing to warm up."""
    return contender(request, dilate)


def contender(request: Request, pad: Pad) -> Contender:
    """The naive merge with a way to pad."""
    pieces = load(request.pieces)

    def run() -> Mapping[str, float]:
        image = _merged(pieces.paths, pieces.side)
        covered = image[..., 3] > 0
        image[..., :3] /= np.where(covered, image[..., 3], np.float32(1))[..., np.newaxis]
        pad(image, covered, request.padding)
        write_png(request.out, _to_8_bit(image))
        return {}

    return run


def _merged(paths: list[Path], side: int) -> Floats:
    image = np.zeros((side, side, 4), np.float32)
    for path in paths:
        pixels = _full_frame(path, side)
        image = image * (1 - pixels[..., 3:]) + pixels
    return image


def _full_frame(path: Path, side: int) -> npt.NDArray[Any]:
    pixels = read_samples(path, "float")
    height, width, _ = pixels.shape
    if (width, height) == (side, side):
        return pixels
    x, y = origin_of(path)
    frame = np.zeros((side, side, 4), np.float32)
    frame[y : y + height, x : x + width] = pixels
    return frame


def dilate(image: Floats, covered: npt.NDArray[np.bool_], steps: int) -> None:
    """Grow the colours by one of eight neighbours, `steps` times: more than `steps` texels along diagonals."""
    height, width = covered.shape
    for _ in range(steps):
        grown = covered.copy()
        for dy, dx in _NEIGHBOURS:
            y, x = np.nonzero(np.roll(covered, (dy, dx), (0, 1)) & ~grown)
            image[y, x, :3] = image[(y - dy) % height, (x - dx) % width, :3]
            grown[y, x] = True
        covered = grown


def _to_8_bit(image: Floats) -> npt.NDArray[np.uint8]:
    image = np.clip(image, 0, 1)
    colour = image[..., :3]
    curve = np.float32(1.055) * np.power(colour, np.float32(1 / 2.4)) - np.float32(0.055)
    image[..., :3] = np.where(colour <= 0.0031308, colour * np.float32(12.92), curve)
    return (image * 255 + np.float32(0.5)).astype(np.uint8)
