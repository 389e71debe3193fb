"""The rows of a piece's file, as jobs that decode them, after its structure, windows and channels were checked.

Forms that `exr` reads come straight from the stream, chunk by chunk. Others are decoded by OpenImageIO, which wants a
path, from a private copy. Does not look at texels; `gate` does.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial

import numpy as np

from flatiron_tasks.imaging.exr.codec import BlankChunks, RawChunk, decode
from flatiron_tasks.imaging.exr.header import Box, ExrHeader, UnsupportedExrError
from flatiron_tasks.imaging.exr.reader import ExrReader
from flatiron_tasks.imaging.image_input import ImageFile
from flatiron_tasks.imaging.piece_plan import PieceSource, rejected
from flatiron_tasks.imaging.planes import Planes
from flatiron_tasks.imaging.verified_file import VerifiedFile

_CHANNELS = ("R", "G", "B", "A")
_MAX_TILE = 512  # texels a side: a row of tiles is decoded at once
_ROWS_AT_A_TIME = 64  # of OpenImageIO; a multiple of what its usual compressions take together


@dataclass(frozen=True)
class PieceRows:
    """Rows of the data window, whose upper left is at (`x`, `y`) of the map.

    `decoded()` gives them as planes, or None if they are 0 throughout; any thread may call it. It raises
    RejectedPieceError.
    """

    x: int
    y: int
    decoded: Callable[[], Planes | None]


def piece_rows(source: PieceSource, file: VerifiedFile) -> Generator[PieceRows]:
    """All rows of a piece once, in the file's order. Raises RejectedPieceError, ShareError."""
    try:
        reader = ExrReader(file, name=source.path)
    except UnsupportedExrError:
        yield from _copied_rows(source, file)
    else:
        yield from _streamed_rows(source, reader, file)


def _streamed_rows(source: PieceSource, reader: ExrReader, file: VerifiedFile) -> Generator[PieceRows]:
    header, blank = reader.header, BlankChunks()
    _check_geometry(source, header.display, header.data)
    _check_channels(source, header.channels, header.pixel_type)
    while (chunk := reader.next_chunk()) is not None:
        yield PieceRows(header.data.left, chunk.top, partial(_decoded, header, chunk, blank))
    if file.read(1):
        raise rejected(source.path, "something follows its last rows")


def _decoded(header: ExrHeader, chunk: RawChunk, blank: BlankChunks) -> Planes | None:
    if chunk in blank:
        return None
    planes = decode(header, chunk)
    blank.learn(chunk, planes)
    return planes


def _copied_rows(source: PieceSource, file: VerifiedFile) -> Generator[PieceRows]:
    with file.copied() as copy:
        # Nothing that was not verified gets as far as a decoder that is not ours.
        source.check_receipt(file)
        with ImageFile(copy, name=source.path) as image:
            _check_structure(image)
            spec = image.spec
            data = Box(spec.x, spec.y, spec.x + spec.width, spec.y + spec.height)
            right, bottom = spec.full_x + spec.full_width, spec.full_y + spec.full_height
            _check_geometry(source, Box(spec.full_x, spec.full_y, right, bottom), data)
            _check_channels(source, image.channel_names, image.sample_type)
            step = -(-_ROWS_AT_A_TIME // (spec.tile_height or 1)) * (spec.tile_height or 1)
            for top in range(data.top, data.bottom, step):
                planes = _planes(image, top, min(top + step, data.bottom))
                yield PieceRows(data.left, top, partial(_same, planes))


def _same(planes: Planes) -> Planes:
    return planes


def _planes(image: ImageFile, begin: int, end: int) -> Planes:
    """Rows in the order R, G, B, A whatever the file's."""
    order = [image.channel_names.index(name) for name in _CHANNELS]
    return np.ascontiguousarray(image.rows(begin, end).transpose(2, 0, 1)[order])


def _check_structure(image: ImageFile) -> None:
    spec = image.spec
    if image.format_name != "openexr":
        raise rejected(image.name, f"it is a {image.format_name} file, not OpenEXR")
    if spec.deep or spec.depth != 1:
        raise rejected(image.name, "it holds deep or volume data")
    if image.has_part(1, 0) or image.has_part(0, 1):
        raise rejected(image.name, "it holds several parts or mip levels")
    if max(spec.tile_width, spec.tile_height) > _MAX_TILE:
        raise rejected(
            image.name,
            f"its tiles are {spec.tile_width}x{spec.tile_height} texels; {_MAX_TILE}x{_MAX_TILE} are the largest that "
            f"are read",
        )


def _check_geometry(source: PieceSource, display: Box, data: Box) -> None:
    plan = source.expected
    if display != (0, 0, plan.width, plan.height):
        raise rejected(
            source.path,
            f"its display window (left, top, right, bottom) is {tuple(display)}, the map is {plan.width}x{plan.height}",
        )
    within = data.left >= 0 and data.right <= plan.width and data.top >= plan.row_begin and data.bottom <= plan.row_end
    if not within:
        raise rejected(
            source.path,
            f"its data window, columns {data.left} to {data.right} and rows {data.top} to {data.bottom}, leaves the "
            f"strip, columns 0 to {plan.width} and rows {plan.row_begin} to {plan.row_end}",
        )


def _check_channels(source: PieceSource, names: tuple[str, ...], sample_type: str) -> None:
    if sorted(names) != sorted(_CHANNELS):
        raise rejected(source.path, f"its channels are {', '.join(names)}; R, G, B and A (texel coverage) are needed")
    if sample_type != source.expected.pixel_type:
        raise rejected(source.path, f"its samples are {sample_type}, the job plans {source.expected.pixel_type}")
