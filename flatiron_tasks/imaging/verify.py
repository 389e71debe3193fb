"""Reading a finished texture back, whole, before anybody relies on it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import wait
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

from flatiron_tasks.contracts.errors import RejectedPieceError, ShareError
from flatiron_tasks.imaging.image_input import ImageFile
from flatiron_tasks.imaging.mipmap import level_sizes
from flatiron_tasks.imaging.oiio_output import FORMAT_NAMES
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.pixel_hash import BLOCK_ROWS, Geometry, block_digest, joined_digest
from flatiron_tasks.imaging.texture import TextureSpec
from flatiron_tasks.imaging.tx import TILE

_ROWS_AT_ONCE = 8 * BLOCK_ROWS


def verify_texture_readable(
    path: Path, spec: TextureSpec, *, name: Path | None = None, crew: Crew | None = None
) -> str:
    """Decode the file at `path` completely and compare format, size, channels and sample type with `spec`.

    All mip levels of a `.tx` are decoded. Returns the hash of the pixels of the full size (`pixel_hash`). `name` is
    the path for messages, if this one is a temporary. A `crew` decodes TIFF side by side.
    Raises ShareError if it does not decode or is something else; writing it again may help.
    """
    try:
        with ImageFile(path, name=name) as image:
            _check_form(image, spec)
            pixels = _side_by_side(path, image, crew) if crew and spec.file_format == "tiff" else _decoded(image)
            if spec.file_format == "tx":
                _check_mip_levels(image, spec)
    except RejectedPieceError as error:
        raise ShareError(
            f"The texture {name or path} was written but cannot be read back",
            why=error.why,
            advice="Check the disk and the share, then run this step again",
        ) from error
    return pixels


def _check_mip_levels(image: ImageFile, spec: TextureSpec) -> None:
    for level, (width, height) in enumerate(level_sizes(spec.width, spec.height)):
        image.choose_level(level)
        if (image.spec.tile_width, image.spec.tile_height) != (TILE, TILE):
            raise image.rejected(f"mip level {level} is not in tiles of {TILE}x{TILE} texels")
        if level:
            _check_form(image, replace(spec, width=width, height=height))
            _decoded(image)


def _check_form(image: ImageFile, spec: TextureSpec) -> None:
    """Raise RejectedPieceError if the header says something else than the plan."""
    found = (image.format_name, image.spec.width, image.spec.height, image.spec.nchannels, image.sample_type)
    wanted = (FORMAT_NAMES[spec.container], spec.width, spec.height, spec.channels, spec.pixel_type)
    if found != wanted:
        raise image.rejected(f"(format, width, height, channels, samples) are {found}, planned are {wanted}")


def _decoded(image: ImageFile) -> str:
    """The hash of the pixels of a whole image, or of one mip level of it."""
    return joined_digest(Geometry.found(image), _block_digests(image, 0, image.spec.height))


def _side_by_side(path: Path, image: ImageFile, crew: Crew) -> str:
    """The same as `_decoded` for a format whose rows can be decoded in any order; every job opens the file anew.

    No job runs any more when this returns or raises: Windows does not remove a file that somebody has open.
    """
    height = image.spec.height
    parts = [
        crew.submit(partial(_part_digests, path, image.name, begin, min(begin + _ROWS_AT_ONCE, height)))
        for begin in range(0, height, _ROWS_AT_ONCE)
    ]
    try:
        return joined_digest(Geometry.found(image), chain.from_iterable(part.result() for part in parts))
    finally:
        wait([part for part in parts if not part.cancel()])


def _part_digests(path: Path, name: Path, begin: int, end: int) -> list[bytes]:
    with ImageFile(path, name=name) as image:
        return list(_block_digests(image, begin, end))


def _block_digests(image: ImageFile, begin: int, end: int) -> Iterator[bytes]:
    for top in range(begin, end, BLOCK_ROWS):
        yield block_digest(image.rows(top, min(top + BLOCK_ROWS, end)))
