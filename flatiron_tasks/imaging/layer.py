"""Layers: the strips of one pass joined into one lossless OpenEXR file, cropped to the covered texels.

A layer's display window is the whole map, its data window the box of texels with alpha above 0; outside it nothing is
covered. A pass that covers nothing is one transparent texel. Premultiplied RGBA of the pieces' own type, unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.contracts.errors import BadInputError, RejectedPieceError
from flatiron_tasks.imaging.gate import Piece
from flatiron_tasks.imaging.image_input import ImageFile, dtype_of
from flatiron_tasks.imaging.texture import check_size
from flatiron_tasks.imaging.write import ImageWriter, WrittenFile, image_spec

_ROWS_AT_A_TIME = 64

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in texels of the map; right and bottom are one beyond the last."""


@dataclass(frozen=True)
class LayerInfo:
    """A layer that was written: its data window in the map, covered texels, hash and size of the file."""

    x: int
    y: int
    width: int
    height: int
    covered_texels: int
    sha256: str
    size: int


@dataclass(frozen=True)
class LayerHeader:
    """What a layer's file says about itself, read without decoding pixels."""

    map_width: int
    map_height: int
    x: int
    y: int
    width: int
    height: int
    pixel_type: str


def merge_strips(
    pieces: Sequence[Piece],
    *,
    width: int,
    height: int,
    out: Path,
    pixel_type: str,
    metadata: Mapping[str, str],
    token: str | None = None,
) -> LayerInfo:
    """Join the verified pieces of one pass, in any order, and write the layer to `out` atomically.

    `width` and `height` are those of the map. The bytes depend on the pixels and `metadata` only, not on the order or
    on how the pieces were cropped.

    Raises BadInputError if pieces overlap, leave the map or are of another type; ShareError if `out` cannot be written.
    """
    check_size(width, height)
    ordered = sorted(pieces, key=lambda piece: piece.y)
    _check_pieces(ordered, width, height, dtype_of(pixel_type))
    box = _covered_box(ordered)
    left, top, right, bottom = box
    spec = image_spec(right - left, bottom - top, 4, pixel_type, metadata)
    spec.x, spec.y = left, top
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = 0, 0, width, height
    # One row per chunk: bands of the composition need not be aligned to decode nothing twice.
    spec.attribute("compression", "zips")
    with ImageWriter(out, "openexr", spec, token=token) as writer:
        for begin in range(top, bottom, _ROWS_AT_A_TIME):
            writer.write(_joined(ordered, box, begin, min(begin + _ROWS_AT_A_TIME, bottom), dtype_of(pixel_type)))
        written = writer.commit()
    return _info(box, sum(_covered_texels(piece) for piece in ordered), written)


def read_layer_info(path: Path) -> LayerHeader:
    """Read the header of the layer at `path`. Raises RejectedPieceError if it is no readable layer."""
    with ImageFile(path) as image:
        return layer_header(image)


def layer_header(image: ImageFile) -> LayerHeader:
    """The header of an open layer. Raises RejectedPieceError if the image is no layer."""
    spec = image.spec
    if image.format_name != "openexr" or image.channel_names != ("R", "G", "B", "A"):
        raise not_a_layer(image.name, "it is not an OpenEXR file with the channels R, G, B, A")
    if image.sample_type not in ("half", "float"):
        raise not_a_layer(image.name, f"its samples are {image.sample_type}")
    return LayerHeader(spec.full_width, spec.full_height, spec.x, spec.y, spec.width, spec.height, image.sample_type)


def not_a_layer(path: Path, why: str) -> RejectedPieceError:
    """The error for a layer file that cannot be used."""
    return RejectedPieceError(f"{path} is not a usable layer", why=why, advice="Merge its pass again from the pieces")


def _check_pieces(ordered: Sequence[Piece], width: int, height: int, dtype: np.dtype[Any]) -> None:
    for piece in ordered:
        rows, columns, channels = piece.pixels.shape
        if channels != 4 or piece.pixels.dtype != dtype:
            raise _bad_piece(piece, f"holds {channels} channels of {piece.pixels.dtype}, planned are 4 of {dtype}")
        if piece.x < 0 or piece.y < 0 or piece.x + columns > width or piece.y + rows > height:
            raise _bad_piece(piece, f"leaves the map of {width}x{height} texels")
    for upper, lower in pairwise(ordered):
        if upper.y + len(upper.pixels) > lower.y:
            raise _bad_piece(lower, f"overlaps the one that begins in row {upper.y}")


def _bad_piece(piece: Piece, why: str) -> BadInputError:
    return BadInputError(
        f"The piece at column {piece.x}, row {piece.y} {why}", advice="Check the strip grid of the job's plan"
    )


def _covered_box(pieces: Sequence[Piece]) -> Box:
    """The smallest box around all texels with alpha above 0; the first texel of the map if there is none."""
    boxes = [box for piece in pieces if (box := _box_of(piece)) is not None]
    if not boxes:
        return (0, 0, 1, 1)
    left, top, right, bottom = zip(*boxes, strict=True)
    return (min(left), min(top), max(right), max(bottom))


def _box_of(piece: Piece) -> Box | None:
    covered = piece.pixels[..., 3] > 0
    rows = np.flatnonzero(covered.any(axis=1))
    columns = np.flatnonzero(covered.any(axis=0))
    if not len(rows):
        return None
    x, y = piece.x, piece.y
    return (x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1, y + int(rows[-1]) + 1)


def _joined(pieces: Sequence[Piece], box: Box, begin: int, end: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Rows [begin, end) of the map, cut to the columns of `box`."""
    left, _, right, _ = box
    rows = np.zeros((end - begin, right - left, 4), dtype)
    for piece in pieces:
        top, bottom = max(begin, piece.y), min(end, piece.y + piece.pixels.shape[0])
        first, last = max(left, piece.x), min(right, piece.x + piece.pixels.shape[1])
        if top < bottom and first < last:
            part = piece.pixels[top - piece.y : bottom - piece.y, first - piece.x : last - piece.x]
            rows[top - begin : bottom - begin, first - left : last - left] = part
    return rows


def _covered_texels(piece: Piece) -> int:
    return int(np.count_nonzero(piece.pixels[..., 3] > 0))


def _info(box: Box, covered: int, written: WrittenFile) -> LayerInfo:
    left, top, right, bottom = box
    return LayerInfo(left, top, right - left, bottom - top, covered, written.sha256, written.size)
