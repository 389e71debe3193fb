"""The hash of an image's pixels, whatever file they are stored in: what stays equal when a texture is saved again.

The rule: the samples in C order (rows from the top, channels together), in the file's own type, little endian, are cut
into blocks of 64 rows; the hash is the SHA-256 over the ASCII line `<width> <height> <channels> <sample type>`, ending
in a newline, and the SHA-256 digests of the blocks. The sample type is "uint8", "uint16", "half" or "float". So blocks
may be hashed by several threads, and the same bytes in another shape are another image. It knows nothing of the format.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy.typing as npt

from flatiron_tasks.imaging.image_input import ImageFile
from flatiron_tasks.imaging.texture import TextureSpec

BLOCK_ROWS = 64
"""Rows that one inner digest covers; the last block may have fewer."""

Rows = npt.NDArray[Any]
"""(rows, width, channels) samples as the file stores them."""


@dataclass(frozen=True)
class Geometry:
    """What the samples are arranged in: texels, channels, and the sample type as in `TextureSpec`."""

    width: int
    height: int
    channels: int
    sample_type: str

    @classmethod
    def planned(cls, spec: TextureSpec) -> Self:
        """That of a texture."""
        return cls(spec.width, spec.height, spec.channels, spec.pixel_type)

    @classmethod
    def found(cls, image: ImageFile) -> Self:
        """That of an open image, at the mip level that is chosen."""
        return cls(image.spec.width, image.spec.height, image.spec.nchannels, image.sample_type)


def block_digest(rows: Rows) -> bytes:
    """SHA-256 digest of one block of at most `BLOCK_ROWS` rows. Thread-safe; hashing releases the interpreter lock."""
    little = rows.astype(rows.dtype.newbyteorder("<"), order="C", copy=False)
    return hashlib.sha256(little.data if little.size else b"").digest()


def joined_digest(geometry: Geometry, digests: Iterable[bytes]) -> str:
    """The hash (hex) of an image of this geometry whose blocks, from the top, have these digests."""
    line = f"{geometry.width} {geometry.height} {geometry.channels} {geometry.sample_type}\n"
    return hashlib.sha256(line.encode("ascii") + b"".join(digests)).hexdigest()


def pixels_sha256_of(path: Path) -> str:
    """Decode the image at `path` and hash its pixels. Memory does not grow with its height.

    Of several images in one file, such as mip levels, it is the first and largest: see `holds_more_images`.
    Alpha and colour are hashed as stored. Raises RejectedPieceError if the image does not decode completely.
    """
    with ImageFile(path) as image:
        top, bottom = image.spec.y, image.spec.y + image.spec.height
        blocks = (image.rows(begin, min(begin + BLOCK_ROWS, bottom)) for begin in range(top, bottom, BLOCK_ROWS))
        return joined_digest(Geometry.found(image), map(block_digest, blocks))


def holds_more_images(path: Path) -> bool:
    """Whether the file has mip levels or further images, of which `pixels_sha256_of` says nothing.

    Raises RejectedPieceError if it cannot be opened.
    """
    with ImageFile(path) as image:
        return image.has_part(0, 1) or image.has_part(1, 0)
