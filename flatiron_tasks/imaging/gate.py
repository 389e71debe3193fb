"""The verification gate: a piece becomes pixels only if it is the file of its receipt and holds what was planned.

The file is read once, from the share into a private copy that is hashed on the way; only that copy is decoded. So
what was verified is what is used, even if the file on the share changes meanwhile. OpenImageIO's Python binding
cannot decode from memory, hence a copy on the local disk.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.contracts.elements import PIECE_TYPES
from flatiron_tasks.contracts.errors import BadInputError, RejectedPieceError, ShareError
from flatiron_tasks.imaging.image_input import ImageFile
from flatiron_tasks.imaging.texture import check_size

ALPHA_TOLERANCE = 2.0**-10
"""How far alpha may lie outside 0..1: one half step above 1, what rounding in a renderer can add. It is clamped."""

_CHANNELS = ("R", "G", "B", "A")
_BLOCK_BYTES = 1 << 20
_RENDER_AGAIN = "Render this piece again; its files must come from the planned renderer settings"


@dataclass(frozen=True, kw_only=True)
class PieceExpectation:
    """What the plan says about a piece: map size in texels, the strip's rows [row_begin, row_end), sample type."""

    width: int
    height: int
    row_begin: int
    row_end: int
    pixel_type: str
    allow_non_finite: bool = False

    def __post_init__(self) -> None:
        check_size(self.width, self.height)
        if not 0 <= self.row_begin < self.row_end <= self.height:
            raise BadInputError(
                f"Rows {self.row_begin} to {self.row_end} are no strip of a map of {self.height} rows",
                advice="Correct the strip grid of the job",
            )
        if self.pixel_type not in PIECE_TYPES:
            raise BadInputError(f"A piece cannot hold {self.pixel_type!r} samples", advice="Use half or float")


@dataclass(frozen=True, eq=False)
class Piece:
    """A verified piece: premultiplied RGBA `pixels` (h, w, 4), float16 or float32, at (`x`, `y`) of the map.

    Alpha lies in 0..1, everything is finite, and texels with alpha 0 are 0 in all channels. The counters say how many
    texels the gate had to change for that.
    """

    x: int
    y: int
    pixels: npt.NDArray[np.floating[Any]]
    replaced_non_finite: int = 0
    cleared_uncovered: int = 0


def read_piece(path: Path, expected: PieceExpectation, *, size: int, sha256: str) -> Piece:
    """Verify a file against its receipt (`size` in bytes, `sha256` in hex) and the plan, and return its pixels.

    Colour in texels that alpha calls uncovered is set to 0. NaN and infinity are refused, or replaced by 0 if the plan
    allows them.

    Raises RejectedPieceError naming the file and what is wrong with it, ShareError if the file cannot be read now.
    """
    with tempfile.TemporaryDirectory(prefix="flatiron-piece-") as folder:
        copy = Path(folder, "piece.exr")
        _copy_verified(path, copy, size=size, sha256=sha256)
        with ImageFile(copy, name=path) as image:
            _check_structure(image)
            _check_geometry(image, expected)
            _check_channels(image, expected)
            pixels = _decode(image)
    return _sanitised(pixels, path, image.spec.x, image.spec.y, expected)


def _copy_verified(path: Path, copy: Path, *, size: int, sha256: str) -> None:
    """Copy and hash in one go; never more than one block beyond the expected size."""
    digest = hashlib.sha256()
    found = 0
    try:
        with path.open("rb") as source, copy.open("wb") as target:
            while found <= size and (block := source.read(_BLOCK_BYTES)):
                digest.update(block)
                found += target.write(block)
    except FileNotFoundError as error:
        raise RejectedPieceError(f"{path} is missing", why="only its receipt is there", advice=_RENDER_AGAIN) from error
    except OSError as error:
        raise ShareError(
            f"{path} cannot be read or copied to the local disk",
            why=str(error),
            advice="Check the share and the free space of this machine's temporary folder",
        ) from error
    if found != size:
        raise _rejected(path, f"its receipt says {size} bytes, the file has {_counted(found, size)}")
    if digest.hexdigest() != sha256.lower():
        raise _rejected(
            path, f"its SHA-256 begins with {digest.hexdigest()[:12]}, that of its receipt with {sha256[:12]}"
        )


def _counted(found: int, size: int) -> str:
    return f"only {found}" if found < size else "more"


def _check_structure(image: ImageFile) -> None:
    spec = image.spec
    if image.format_name != "openexr":
        raise _rejected(image.name, f"it is a {image.format_name} file, not OpenEXR")
    if spec.deep or spec.depth != 1:
        raise _rejected(image.name, "it holds deep or volume data")
    if image.has_part(1, 0) or image.has_part(0, 1):
        raise _rejected(image.name, "it holds several parts or mip levels")


def _check_geometry(image: ImageFile, expected: PieceExpectation) -> None:
    spec = image.spec
    display = (spec.full_x, spec.full_y, spec.full_width, spec.full_height)
    if display != (0, 0, expected.width, expected.height):
        raise _rejected(
            image.name,
            f"its display window (x, y, width, height) is {display}, the map is {expected.width}x{expected.height}",
        )
    right, bottom = spec.x + spec.width, spec.y + spec.height
    if not (0 <= spec.x < right <= expected.width and expected.row_begin <= spec.y < bottom <= expected.row_end):
        raise _rejected(
            image.name,
            f"its data window, columns {spec.x} to {right} and rows {spec.y} to {bottom}, leaves the strip, "
            f"columns 0 to {expected.width} and rows {expected.row_begin} to {expected.row_end}",
        )


def _check_channels(image: ImageFile, expected: PieceExpectation) -> None:
    names = image.channel_names
    if sorted(names) != sorted(_CHANNELS):
        raise _rejected(image.name, f"its channels are {', '.join(names)}; R, G, B and A (texel coverage) are needed")
    if image.sample_type != expected.pixel_type:
        raise _rejected(image.name, f"its samples are {image.sample_type}, the job plans {expected.pixel_type}")


def _decode(image: ImageFile) -> npt.NDArray[np.floating[Any]]:
    """All pixels, channels in the order R, G, B, A whatever the file's."""
    spec = image.spec
    pixels = image.rows(spec.y, spec.y + spec.height)
    order = [image.channel_names.index(name) for name in _CHANNELS]
    return pixels if order == [0, 1, 2, 3] else np.ascontiguousarray(pixels[..., order])


def _sanitised(pixels: npt.NDArray[np.floating[Any]], path: Path, x: int, y: int, expected: PieceExpectation) -> Piece:
    """Refuse or mend single values, see `Piece`."""
    broken = ~np.isfinite(pixels)
    replaced = int(np.count_nonzero(broken.any(axis=-1)))
    if replaced and not expected.allow_non_finite:
        raise _rejected(path, f"{replaced} texels hold NaN or infinity")
    if replaced:
        pixels[broken] = 0
    alpha = pixels[..., 3]
    low, high = float(alpha.min()), float(alpha.max())
    if low < -ALPHA_TOLERANCE or high > 1 + ALPHA_TOLERANCE:
        raise _rejected(path, f"its alpha runs from {low:g} to {high:g}; coverage lies within 0 to 1")
    np.minimum(alpha, alpha.dtype.type(1), out=alpha)
    uncovered = alpha <= 0
    cleared = int(np.count_nonzero(pixels[uncovered].any(axis=-1)))
    pixels[uncovered] = 0
    return Piece(x, y, pixels, replaced_non_finite=replaced, cleared_uncovered=cleared)


def _rejected(path: Path, why: str) -> RejectedPieceError:
    return RejectedPieceError(f"The piece {path.name} is rejected", why=why, advice=_RENDER_AGAIN)
