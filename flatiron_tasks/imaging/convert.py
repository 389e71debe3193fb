"""From combined linear planes to the samples of the file: straight colour, transfer, quantisation, background.

What each format stores: integer formats, TIFF, and OpenEXR without alpha hold straight colour. OpenEXR with alpha
holds covered texels premultiplied, as its convention is. Alpha is the coverage: it never gets a transfer or a dither.
Uncovered texels are black, in normal maps the direction straight up (0.5, 0.5, 1).

A normal of a partly covered texel comes out straight by the same division as a colour. Nothing is renormalised here,
because nothing was interpolated: where objects share a texel, combining takes the direction of one of them.

One compiled pass converts a band; only partly covered texels are then done again, in float64. Measured on one thread
of a shared machine in bands of 128 x 8192 texels, 66 % covered, in million texels per second: from half to RGBA of 8
bits 500, of 16 bits 300 to 400, to OpenEXR half 300; from float to 8 bits 250; with dither 150, with OpenColorIO 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.colour import curve_steps, dtype_of, encode_curve, half_table
from flatiron_tasks.imaging.dither import dither
from flatiron_tasks.imaging.ocio import managed
from flatiron_tasks.imaging.planes import Planes
from flatiron_tasks.imaging.quantise import Tables, Texels, look_up_texels, quantise_texels, store_texels
from flatiron_tasks.imaging.texture import OcioTransform, TextureSpec

Places = tuple[npt.NDArray[np.int64], ...]
"""Rows and columns of texels in a band."""

_BACKGROUND = {"color": (0.0, 0.0, 0.0), "data": (0.0, 0.0, 0.0), "normal": (0.5, 0.5, 1.0)}
_MAGENTA = (1.0, 0.0, 1.0)
_HATCH_TEXELS = 8
_BITS: dict[int, np.dtype[Any]] = {size: np.dtype(f"u{size}") for size in (1, 2, 4)}


@dataclass(frozen=True, eq=False)
class Band:
    """Rows of a texture in the file's sample type.

    `samples` (rows, width, 3 or 4) as stored; `colour` (rows, width, 3) straight, what padding copies: a view of
    `samples` unless those are premultiplied; `covered` (rows, width) bool.
    """

    samples: npt.NDArray[Any]
    colour: npt.NDArray[Any]
    covered: npt.NDArray[np.bool_]

    @property
    def texels(self) -> npt.NDArray[Any]:
        """`colour` as it lies in memory, with alpha behind it where there is one: faster to copy."""
        return self.samples if np.may_share_memory(self.samples, self.colour) else self.colour


def to_samples(planes: Planes, spec: TextureSpec, top: int) -> Band:
    """Convert combined `planes` (4, rows, width), float16 or float32, whose first row is row `top` of the map.

    The colour of partly covered texels is divided by alpha in float64. Equal texels at one place of the map become
    equal samples whatever the band they come in. Raises BadInputError if the OpenColorIO conversion is not possible.
    """
    planes = np.ascontiguousarray(planes)
    samples, covered, partial = _stored(planes, spec)
    colour = samples.copy()[..., :3] if spec.premultiplied else samples[..., :3]
    edges = np.divmod(partial, covered.shape[1])
    if spec.ocio is not None:
        frame = _managed_frame(planes, edges, covered, spec.ocio)
        _store_managed(frame, planes[3][edges], edges, spec, Band(samples, colour, covered))
    elif len(partial):
        colour[edges] = _encode(_straight(planes, edges), spec)
    if not spec.dither:
        return Band(samples, colour, covered)
    narrow = dither(samples, covered, top)
    return Band(narrow, narrow[..., :3], covered)


def hatch(samples: npt.NDArray[Any], uncovered: npt.NDArray[np.bool_], top: int, spec: TextureSpec) -> None:
    """Paint magenta and black stripes, opaque, over the `uncovered` texels (h, w) of rows from `top` on."""
    y, x = np.nonzero(uncovered)
    stripe = ((x + y + top) // _HATCH_TEXELS) % 2 == 0
    samples[y, x, :3] = 0
    samples[y[stripe], x[stripe], :3] = _flat_colour(_MAGENTA, spec)
    if spec.alpha:
        samples[y, x, 3] = encode_curve(np.ones(1, np.float32), spec.pixel_type, "linear")[0]


def _stored(planes: Planes, spec: TextureSpec) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Samples as if all covered texels were opaque, coverage, and the flat indices of partly covered texels."""
    samples = np.empty((*planes.shape[1:], spec.channels), dtype_of(_colour_type(spec)))
    covered = np.empty(planes.shape[1:], np.bool_)
    partial = np.empty(covered.size, np.int64)  # memory is only taken for what is written
    texels = Texels(_bits(samples), covered, partial)
    background = _bits(_flat_colour(_BACKGROUND[spec.kind], spec).astype(samples.dtype))
    count = (_fill_from_half if planes.dtype == np.float16 else _fill_from_float)(planes, spec, background, texels)
    return samples, covered, partial[:count].copy()


def _fill_from_half(planes: Planes, spec: TextureSpec, background: npt.NDArray[Any], texels: Texels) -> int:
    colour = half_table(_colour_type(spec), spec.curve)
    alpha = half_table(spec.pixel_type, "linear").astype(colour.dtype, copy=False)
    return look_up_texels(planes.view(np.uint16), Tables(_bits(colour), _bits(alpha), background), texels)


def _fill_from_float(planes: Planes, spec: TextureSpec, background: npt.NDArray[Any], texels: Texels) -> int:
    bits = planes.view(np.uint32)
    if spec.pixel_type in ("half", "float"):
        return store_texels(_bits(encode_curve(planes, spec.pixel_type, "linear")), bits[3], background, texels)
    colour = curve_steps(_colour_type(spec), spec.curve)
    return quantise_texels(bits, colour, curve_steps(spec.pixel_type, "linear"), background, texels)


def _managed_frame(
    planes: Planes, edges: Places, covered: npt.NDArray[np.bool_], transform: OcioTransform
) -> npt.NDArray[np.float32]:
    """Straight colour (rows, width, 3) after the OpenColorIO conversion of the covered texels."""
    frame = np.moveaxis(planes[:3], 0, -1).astype(np.float32)
    frame[edges] = encode_curve(_straight(planes, edges), "float", "linear")
    frame[covered] = managed(frame[covered], transform)
    return frame


def _store_managed(
    frame: npt.NDArray[np.float32], alpha: npt.NDArray[Any], edges: Places, spec: TextureSpec, band: Band
) -> None:
    """Put converted colour into the covered texels of `band`, for OpenEXR multiplied by the `alpha` of `edges`."""
    band.colour[band.covered] = _encode(frame[band.covered], spec)
    if spec.premultiplied:
        band.samples[band.covered, :3] = band.colour[band.covered]
        band.samples[..., :3][edges] = _encode(frame[edges] * alpha.astype(np.float64)[:, np.newaxis], spec)


def _straight(planes: Planes, edges: Places) -> npt.NDArray[np.float64]:
    """Colour (n, 3) divided by alpha, of covered texels at `edges`. The quotient of two finite float32 is finite."""
    red, green, blue, alpha = (plane[edges].astype(np.float64) for plane in planes)
    return np.stack((red / alpha, green / alpha, blue / alpha), axis=-1)


def _encode(values: npt.NDArray[np.floating[Any]], spec: TextureSpec) -> npt.NDArray[Any]:
    return encode_curve(values, _colour_type(spec), spec.curve)


def _flat_colour(colour: tuple[float, float, float], spec: TextureSpec) -> npt.NDArray[Any]:
    """A colour that is never dithered, in the file's sample type."""
    return encode_curve(np.array(colour, np.float32), spec.pixel_type, spec.curve)


def _colour_type(spec: TextureSpec) -> str:
    """What colour is rounded to first: 16 bits where dither makes 8 of them."""
    return "uint16" if spec.dither else spec.pixel_type


def _bits(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same memory as unsigned integers of the same size."""
    return values.view(_BITS[values.itemsize])
