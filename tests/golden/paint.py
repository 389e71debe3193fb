"""Small pictures and passes for the golden cases, built from numbers that half floats hold exactly where it matters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.merge_cases import Case, Pass, Written
from tests.reference_merge import Array

Colour = tuple[float, float, float]
Table = dict[str, tuple[str, Case]]
"""Name of a case -> the rule that it pins, and the merge."""

RED, GREEN, BLUE = (0.75, 0.125, 0.0625), (0.125, 0.5, 0.25), (0.25, 0.25, 1.0)
PNG = {"kind": "color", "file_format": "png", "pixel_type": "uint8", "alpha": True}
EXR = {"kind": "data", "file_format": "exr", "pixel_type": "half", "alpha": True}
NORMAL = {"kind": "normal", "file_format": "tiff", "pixel_type": "uint16", "alpha": True}
METADATA = {"metadata": {"flatiron": "flatiron-texture golden"}}


def flat(height: int, width: int, colour: Colour, alpha: float = 1.0, dtype: type = np.float16) -> Array:
    """Texels (height, width, 4) of one straight colour and coverage, premultiplied."""
    pixels: Array = np.empty((height, width, 4), dtype)
    pixels[:] = (*(part * alpha for part in colour), alpha)
    return pixels


def noise(height: int, width: int, seed: int, dtype: type = np.float16, *, soft: bool = True) -> Array:
    """Repeatable texels in 1/64 steps: a third uncovered, and of the rest, if `soft`, half partly covered."""
    random = np.random.default_rng(seed)
    alpha = np.where(random.integers(2, size=(height, width)) * soft, random.integers(65, size=(height, width)) / 64, 1)
    alpha *= random.integers(3, size=(height, width)) > 0
    colour = random.integers(65, size=(height, width, 3)) / 64
    return np.dstack([colour * alpha[..., np.newaxis], alpha]).astype(dtype)


def ramp(height: int, width: int, dtype: type = np.float16) -> Array:
    """Opaque grey from 0 at the left to 1 at the right."""
    grey = np.broadcast_to(np.linspace(0, 1, width), (height, width))
    return np.dstack([grey, grey, grey, np.ones((height, width))]).astype(dtype)


def whole(label: str, height: int, pixels: Array, x: int = 0, y: int = 0, **form: Any) -> Pass:
    """An object rendered in one strip, the whole map of `height` rows, cropped to `pixels` at (`x`, `y`)."""
    pixel_type = "half" if pixels.dtype == np.float16 else "float"
    return Pass(label, [Written(pixels, x, y, (0, height), **form)], pixel_type)


def strips(label: str, pixels: Array, cuts: Sequence[int], order: Sequence[int], **form: Any) -> Pass:
    """A full-frame picture cut into strips at the rows `cuts`, whose pieces come in `order`."""
    rows = list(zip([0, *cuts], [*cuts, len(pixels)], strict=True))
    pieces = [Written(pixels[begin:end], 0, begin, (begin, end), **form) for begin, end in rows]
    return Pass(label, [pieces[at] for at in order], "half" if pixels.dtype == np.float16 else "float")


def case(width: int, height: int, passes: Sequence[Pass], texture: dict[str, Any], **rules: Any) -> Case:
    """A case whose texture is `texture` with those of `rules` that are fields of TextureSpec."""
    own = {name: rules.pop(name) for name in ("holes", "allow_non_finite") if name in rules}
    return Case(width, height, passes, {**texture, **METADATA, **rules}, **own)
