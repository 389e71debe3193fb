"""The whole merge in plain float64 numpy, whole images at a time: slow, short, and meant to be read.

It is what the real merge is measured against and shares no code with it. Images are (height, width, 4) arrays,
premultiplied linear R, G, B, A; y runs down. A texture specification is read by its plain fields only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Overlap = tuple[int, int, int, tuple[int, int, int, int]]

ALPHA_TOLERANCE = 2.0**-10
OVERLAP_TOLERANCE = 1 / 16
TOP = {"uint8": 255, "uint16": 65535}
FLOAT: dict[str, type[np.floating[Any]]] = {"half": np.float16, "float": np.float32}


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """The gate does not let the piece through."""


@dataclass(frozen=True, eq=False)
class Piece:
    """What a node wrote: pixels (h, w, 4) at (x, y) of the map, the rows [begin, end) of its strip, and the texels

    (height, width) bool of the map that the UV mask gives to the object, if there is one.
    """

    pixels: Array
    x: int
    y: int
    rows: tuple[int, int]
    mine: Array | None = None


@dataclass(frozen=True, eq=False)
class Texture:
    """Samples as the file stores them, what was done to the texels, and the real overlaps (first, second, n, box)."""

    samples: Array
    covered: Array
    padded: int
    hatched: int
    overlaps: tuple[Overlap, ...]


def gated(piece: Piece, width: int, *, allow_non_finite: bool) -> Array:
    """The piece as its whole strip (rows, width, 4) in float64, or Refused."""
    begin, end = piece.rows
    strip = np.zeros((end - begin, width, 4))
    bottom, right = piece.y + piece.pixels.shape[0], piece.x + piece.pixels.shape[1]
    strip[piece.y - begin : bottom - begin, piece.x : right] = piece.pixels
    broken = ~np.isfinite(strip)
    if broken.any() and not allow_non_finite:
        raise Refused("NaN or infinity")
    strip[broken] = 0
    alpha = strip[..., 3]
    if alpha.min() < -ALPHA_TOLERANCE or alpha.max() > 1 + ALPHA_TOLERANCE:
        raise Refused("alpha")
    alpha[:] = np.clip(alpha, 0, 1)
    strip[alpha == 0] = 0
    if piece.mine is not None:
        strip[~piece.mine[begin:end]] = 0
        if interior(piece.mine)[begin:end].any() and not strip.any():
            raise Refused("blank although its mask says it is covered")
    return strip


def interior(mine: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Texels of a mask (h, w) that it owns together with their eight neighbours; beyond the map all is owned."""
    height, width = mine.shape
    around = np.pad(mine, 1, constant_values=True)
    parts = [around[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    result: npt.NDArray[np.bool_] = np.all(parts, axis=0)
    return result


def joined(pieces: Sequence[Piece], width: int, height: int, *, allow_non_finite: bool = False) -> Array:
    """The strips of one pass as a whole map (height, width, 4); rows without a strip are not covered."""
    whole = np.zeros((height, width, 4))
    for piece in pieces:
        begin, end = piece.rows
        whole[begin:end] = gated(piece, width, allow_non_finite=allow_non_finite)
    return whole


def combined(
    objects: Sequence[Array], *, normals: bool, dtype: type[np.floating[Any]]
) -> tuple[Array, tuple[Overlap, ...]]:
    """Combine whole maps (h, w, 4), in plan order: a later object gets only the coverage that is still free.

    Where one object covers a texel it passes untouched. Shared texels are summed in float64 and rounded once to
    `dtype`. Of normals only the one with the greatest alpha counts, the earlier one if equal.
    """
    result = np.zeros_like(objects[0])
    first = np.full(result.shape[:2], -1)
    greatest = np.zeros(result.shape[:2])
    overlaps: dict[tuple[int, int], Array] = {}
    for number, texels in enumerate(objects):
        alpha = texels[..., 3]
        used = np.minimum(alpha, 1 - result[..., 3])
        fresh, shared = (alpha > 0) & (first < 0), (alpha > 0) & (first >= 0)
        first[fresh] = number
        result[fresh] = texels[fresh]
        if normals:
            stronger = shared & (alpha > greatest)
            result[stronger, :3] = texels[stronger, :3]
        else:
            added = shared & (used > 0)  # an object that finds no room changes nothing, not even the sign of a zero
            weight = used[added] / alpha[added]
            result[added, :3] += texels[added, :3] * weight[:, np.newaxis]
        result[shared, 3] = np.minimum(result[shared, 3] + used[shared], 1)
        greatest = np.maximum(greatest, alpha)
        for other in range(number):
            lost = shared & (alpha - used > OVERLAP_TOLERANCE) & (first == other)
            overlaps |= {(other, number): lost} if lost.any() else {}
    if normals:
        covered = greatest > 0
        result[covered, :3] *= (result[covered, 3] / greatest[covered])[:, np.newaxis]
    limit = float(np.finfo(dtype).max)
    rounded = np.clip(result, -limit, limit).astype(dtype)
    return rounded, tuple((*pair, int(lost.sum()), box_of(lost)) for pair, lost in sorted(overlaps.items()))


def box_of(mask: Array) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the texels in `mask`, right and bottom one beyond."""
    y, x = np.nonzero(mask)
    return (int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1)


def encoded(values: Array, pixel_type: str, transfer: str) -> Array:
    """Linear numbers as samples: clamped and rounded half up (after rounding to float32), or kept as floats."""
    if pixel_type in FLOAT:
        limit = float(np.finfo(FLOAT[pixel_type]).max)
        return np.clip(values, -limit, limit).astype(FLOAT[pixel_type])
    curved = TRANSFERS[transfer](np.clip(values, 0, 1).astype(np.float32).astype(np.float64))
    return np.asarray(np.floor(curved * TOP[pixel_type] + 0.5).astype(pixel_type))


TRANSFERS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda value: value,
    "srgb": lambda value: np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055),
    "rec709": lambda value: np.where(value < 0.018, value * 4.5, 1.099 * value**0.45 - 0.099),
    "gamma22": lambda value: value ** (1 / 2.2),
}


def dithered(wide: Array) -> Array:
    """16-bit colour (h, w, 3) of a whole map as 8 bits: floor((sample * 255 + t) / 65535), t from Roberts' R2."""
    y, x = np.indices(wide.shape[:2])
    t = ((3242174889 * x + 2447445414 * y) % 2**32) * 65535 // 2**32
    return np.asarray((wide.astype(np.int64) * 255 + np.asarray(t)[..., np.newaxis]) // 65535).astype(np.uint8)


def converted(pixels: Array, spec: Any) -> tuple[Array, Array]:
    """Samples (h, w, channels) as the file stores them, and the straight colour (h, w, 3) that padding copies."""
    transfer = spec.transfer
    if transfer == "auto":
        transfer = "srgb" if spec.kind == "color" and spec.pixel_type in TOP else "linear"
    alpha = pixels[..., 3].astype(np.float64)
    covered = alpha > 0
    straight = np.zeros((*covered.shape, 3))
    straight[:] = (0.5, 0.5, 1) if spec.kind == "normal" else (0, 0, 0)
    stored = straight.copy()
    stored[covered] = pixels[covered, :3]
    straight[covered] = stored[covered] / alpha[covered, np.newaxis]
    colour = encoded(straight, spec.pixel_type, transfer)
    if spec.dither:
        colour[covered] = dithered(encoded(straight, "uint16", transfer))[covered]
    if not spec.alpha:
        return colour, colour
    exr = spec.file_format == "exr" or (spec.file_format == "tx" and spec.pixel_type in FLOAT)
    stored = encoded(stored, spec.pixel_type, transfer) if exr else colour
    return np.dstack([stored, encoded(alpha, spec.pixel_type, "linear")]), colour


def padded(samples: Array, colour: Array, covered: Array, spec: Any, open_rows: Array) -> int:
    """Give uncovered texels of `samples` the colour of the nearest covered one; returns how many.

    Offsets are tried in the order (distance, dx, dy): the first that hits a covered texel is the nearest, then
    leftmost, then topmost one.
    """
    height, width = covered.shape
    waiting = ~covered & open_rows[:, np.newaxis]
    total = int(waiting.sum())
    if not covered.any():
        return 0
    reach = 2 * (width + height) if spec.fill_all else spec.padding
    sides = (range(-min(reach, side), min(reach, side) + 1) for side in (width, height))
    across, down = sides
    for squared, dx, dy in sorted((dx * dx + dy * dy, dx, dy) for dx in across for dy in down):
        y, x = np.nonzero(waiting)
        if squared > reach * reach or not len(y):
            break
        from_y, from_x = y + dy, x + dx
        inside = spec.wrap | ((from_y >= 0) & (from_y < height) & (from_x >= 0) & (from_x < width))
        from_y, from_x = from_y % height, from_x % width
        hit = inside & covered[from_y, from_x]
        samples[y[hit], x[hit], :3] = colour[from_y[hit], from_x[hit]]
        waiting[y[hit], x[hit]] = False
    return total - int(waiting.sum())


def hatched(samples: Array, where: Array, spec: Any) -> None:
    """Opaque magenta and black stripes, 8 texels along the diagonal."""
    y, x = np.nonzero(where)
    magenta = ((x + y) // 8 % 2 == 0)[:, np.newaxis]
    one = encoded(np.ones(1), spec.pixel_type, "linear")[0]
    samples[y, x, :3] = np.where(magenta, (one, 0, one), (0, 0, 0))
    samples[y, x, 3:] = one


def texture(objects: Sequence[Array], spec: Any, *, half: bool, holes: Sequence[tuple[int, int]] = ()) -> Texture:
    """The finished texture of `objects`: each pass's whole map, in plan order. `half`: all passes are half."""
    pixels, overlaps = combined(objects, normals=spec.kind == "normal", dtype=np.float16 if half else np.float32)
    covered = pixels[..., 3] > 0
    samples, colour = converted(pixels, spec)
    samples = samples.copy()
    missing = np.array([any(begin <= row < end for begin, end in holes) for row in range(len(covered))])
    count = padded(samples, colour, covered, spec, ~missing)
    holed = ~covered & missing[:, np.newaxis]
    hatched(samples, holed, spec)
    return Texture(samples, covered, count, int(holed.sum()), overlaps)
