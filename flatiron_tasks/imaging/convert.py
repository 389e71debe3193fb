"""From combined linear pixels to the samples of the file: straight colour, transfer, quantisation, background.

What each format stores: integer formats, TIFF, and OpenEXR without alpha hold straight colour. OpenEXR with alpha
holds covered texels premultiplied, as its convention is. Alpha is the coverage and never gets a transfer. Uncovered
texels are black, in normal maps the direction straight up (0.5, 0.5, 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.colour import encode
from flatiron_tasks.imaging.texture import TextureSpec

_BACKGROUND = {"color": (0.0, 0.0, 0.0), "data": (0.0, 0.0, 0.0), "normal": (0.5, 0.5, 1.0)}
_MAGENTA = (1.0, 0.0, 1.0)
_HATCH_TEXELS = 8


@dataclass(frozen=True, eq=False)
class Band:
    """Rows of a texture in the file's sample type.

    `samples` (h, w, 3 or 4) as stored; `colour` (h, w, 3) straight, what padding copies, often a view of `samples`;
    `covered` (h, w) bool.
    """

    samples: npt.NDArray[Any]
    colour: npt.NDArray[Any]
    covered: npt.NDArray[np.bool_]


def to_samples(pixels: npt.NDArray[np.floating[Any]], spec: TextureSpec) -> Band:
    """Convert combined pixels (h, w, 4), premultiplied linear float16 or float32.

    The colour of partly covered texels is divided by alpha in float64.
    """
    alpha = pixels[..., 3]
    covered = alpha > 0
    colour = _encode(pixels[..., :3], spec)
    edges = covered & (alpha < 1)
    colour[edges] = _encode(_straight(pixels[edges]), spec)
    if spec.kind == "normal":
        colour[~covered] = _encoded_colour(_BACKGROUND["normal"], spec)
    if not spec.alpha:
        return Band(colour, colour, covered)
    samples = np.empty((*covered.shape, 4), colour.dtype)
    samples[..., :3] = colour
    samples[..., 3] = encode(alpha, spec.pixel_type, srgb=False)
    if not spec.premultiplied:
        return Band(samples, samples[..., :3], covered)
    samples[edges, :3] = _encode(pixels[edges][:, :3], spec)
    return Band(samples, colour, covered)


def hatch(samples: npt.NDArray[Any], uncovered: npt.NDArray[np.bool_], top: int, spec: TextureSpec) -> None:
    """Paint magenta and black stripes, opaque, over the `uncovered` texels (h, w) of rows from `top` on."""
    y, x = np.nonzero(uncovered)
    stripe = ((x + y + top) // _HATCH_TEXELS) % 2 == 0
    samples[y, x, :3] = 0
    samples[y[stripe], x[stripe], :3] = _encoded_colour(_MAGENTA, spec)
    if spec.alpha:
        samples[y, x, 3] = encode(np.ones(1, np.float32), spec.pixel_type, srgb=False)


def _encode(values: npt.NDArray[np.floating[Any]], spec: TextureSpec) -> npt.NDArray[Any]:
    return encode(values, spec.pixel_type, srgb=spec.srgb)


def _encoded_colour(colour: tuple[float, float, float], spec: TextureSpec) -> npt.NDArray[Any]:
    return _encode(np.array(colour, np.float32), spec)


def _straight(pixels: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Colour divided by alpha, for texels (n, 4) with alpha above 0. The quotient of two finite float32 is finite."""
    exact = pixels.astype(np.float64)
    return np.asarray(exact[:, :3] / exact[:, 3:])
