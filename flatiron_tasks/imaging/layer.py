"""Layers: the strips of one pass joined into one lossless OpenEXR file, cropped to the covered texels.

A layer's display window is the whole map, its data window the box of texels with alpha above 0, the top rounded down to
a multiple of 16, so that chunks of all layers lie on one grid of map rows; outside it nothing is covered. A pass that
covers nothing is one transparent texel. Premultiplied RGBA of the pieces' own type, unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from flatiron_tasks.contracts.errors import BadInputError, RejectedPieceError
from flatiron_tasks.imaging.exr.header import FILE_CHANNELS, Box, ExrHeader
from flatiron_tasks.imaging.exr.reader import ExrReader
from flatiron_tasks.imaging.exr.writer import ExrWriter
from flatiron_tasks.imaging.gate import PieceSource, covered_rows
from flatiron_tasks.imaging.image_input import dtype_of
from flatiron_tasks.imaging.output_file import OutputFile, WrittenFile
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.planes import Planes
from flatiron_tasks.imaging.spool import CHUNK_ROWS, RowSpool, SpooledRows
from flatiron_tasks.imaging.texture import check_size, mark_text

OnRows = Callable[[int, int, Planes], None]
"""Called with x, y and planes of covered rows as they pass the gate; what follows may still be rejected."""


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


class RejectedSourceError(RejectedPieceError):
    """One of several pieces failed the gate: `source`."""

    def __init__(self, source: PieceSource, error: RejectedPieceError) -> None:
        super().__init__(error.what, why=error.why, advice=error.advice)
        self.source = source

    def __reduce__(self) -> tuple[object, ...]:
        """Other processes get the text alone."""
        return RejectedPieceError(self.what, why=self.why, advice=self.advice).__reduce__()


def write_layer(
    sources: Sequence[PieceSource],
    *,
    width: int,
    height: int,
    out: Path,
    pixel_type: str,
    metadata: Mapping[str, str],
    crew: Crew,
    token: str | None = None,
    on_rows: OnRows | None = None,
) -> LayerInfo:
    """Verify the pieces of one pass, given in any order, and write their layer to `out` atomically.

    `width` and `height` are those of the map. The bytes depend on the pixels and `metadata` only, not on the order of
    pieces, on how they were cropped or cut into strips, or on the crew. Until it is complete, the file's name in the
    same folder contains `token`. Memory is bounded by rows in flight and the spool, not by the map.

    Raises RejectedSourceError for a piece that does not pass, BadInputError if strips overlap or pieces are of another
    map or type, ShareError if a piece cannot be read or `out` not written.
    """
    check_size(width, height)
    ordered = sorted(sources, key=lambda source: source.expected.row_begin)
    _check_plan(ordered, (width, height, pixel_type))
    with RowSpool(dtype_of(pixel_type)) as spool:
        covered = sum(_spooled(source, spool, crew, on_rows) for source in ordered)
        box = _data_window(spool.box)
        header = ExrHeader(Box(0, 0, width, height), box, FILE_CHANNELS, pixel_type, "zip", _attributes(metadata))
        with OutputFile(out, token) as output:
            written = _write(spool, output, header, crew)
    return LayerInfo(
        box.left, box.top, box.right - box.left, box.bottom - box.top, covered, written.sha256, written.size
    )


def read_layer_info(path: Path) -> LayerHeader:
    """Read the header of the layer at `path`. Raises RejectedPieceError if it is no readable layer."""
    with path.open("rb") as file:
        header = ExrReader(file, name=path).header
    if header.channels != FILE_CHANNELS:
        raise not_a_layer(path, "its channels are not R, G, B, A")
    left, top, right, bottom = header.data
    return LayerHeader(
        header.display.right, header.display.bottom, left, top, right - left, bottom - top, header.pixel_type
    )


def not_a_layer(path: Path, why: str) -> RejectedPieceError:
    """The error for a layer file that cannot be used."""
    return RejectedPieceError(f"{path} is not a usable layer", why=why, advice="Merge its pass again from the pieces")


def _check_plan(ordered: Sequence[PieceSource], wanted: tuple[int, int, str]) -> None:
    for source in ordered:
        plan = source.expected
        if (plan.width, plan.height, plan.pixel_type) != wanted:
            raise _bad_plan(
                source, f"is planned as {plan.width}x{plan.height} {plan.pixel_type}, the layer as {wanted}"
            )
    for upper, lower in pairwise(ordered):
        if upper.expected.row_end > lower.expected.row_begin:
            raise _bad_plan(lower, f"overlaps the strip that begins in row {upper.expected.row_begin}")


def _bad_plan(source: PieceSource, why: str) -> BadInputError:
    return BadInputError(f"The piece {source.path.name} {why}", advice="Check the strip grid of the job's plan")


def _spooled(source: PieceSource, spool: RowSpool, crew: Crew, on_rows: OnRows | None) -> int:
    """Spool what one piece covers; returns how many texels that is."""
    covered = 0
    try:
        with closing(covered_rows(source, crew)) as parts:
            for part in parts:
                covered += part.texels
                spool.add(part.x, part.y, part.planes)
                if on_rows:
                    on_rows(part.x, part.y, part.planes)
    except RejectedPieceError as error:
        raise RejectedSourceError(source, error) from error
    return covered


def _data_window(covered: Box | None) -> Box:
    if covered is None:
        return Box(0, 0, 1, 1)
    return covered._replace(top=covered.top - covered.top % CHUNK_ROWS)


def _attributes(metadata: Mapping[str, str]) -> dict[str, str]:
    return {"comments": mark_text(metadata)} if metadata else {}  # OpenImageIO's ImageDescription


def _write(spool: RowSpool, output: OutputFile, header: ExrHeader, crew: Crew) -> WrittenFile:
    try:
        writer = ExrWriter(
            output.file,
            display=header.display,
            data=header.data,
            pixel_type=header.pixel_type,
            attributes=header.attributes,
        )
        for payload in crew.in_order(_chunks(spool, writer)):
            writer.append(payload)
        writer.finish()
    except OSError as error:
        raise output.failed(str(error)) from error
    return output.commit()


def _chunks(spool: RowSpool, writer: ExrWriter) -> Iterator[Callable[[], bytes]]:
    """Jobs that encode the chunks from top to bottom. The spool is read by whoever iterates."""
    data = writer.header.data
    for top in range(data.top, data.bottom, CHUNK_ROWS):
        window = data._replace(top=top, bottom=min(top + CHUNK_ROWS, data.bottom))
        yield partial(_encoded, writer, window, spool.chunk(top // CHUNK_ROWS), spool.dtype)


def _encoded(writer: ExrWriter, window: Box, parts: Sequence[tuple[SpooledRows, bytes]], dtype: np.dtype[Any]) -> bytes:
    planes = np.zeros((4, window.bottom - window.top, window.right - window.left), dtype)
    for place, data in parts:
        x, y = place.x - window.left, place.y - window.top
        part = np.frombuffer(data, dtype).reshape(4, place.rows, place.width)
        planes[:, y : y + place.rows, x : x + place.width] = part
    return writer.encode(planes)
