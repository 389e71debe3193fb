"""The hash of an image's pixels, whatever file they are stored in: what stays equal when a texture is saved again.

The rule: the samples in C order (rows from the top, channels together), in the file's own type, little endian, are cut
into blocks of 64 rows; the hash is the SHA-256 over the SHA-256 digests of the blocks. So blocks may be hashed by
several threads. It knows nothing of size, type or format; a proof compares those by the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.image_input import ImageFile

BLOCK_ROWS = 64
"""Rows that one inner digest covers; the last block may have fewer."""

Rows = npt.NDArray[Any]
"""(rows, width, channels) samples as the file stores them."""


def block_digest(rows: Rows) -> bytes:
    """SHA-256 digest of one block of at most `BLOCK_ROWS` rows. Thread-safe; hashing releases the interpreter lock."""
    little = rows.astype(rows.dtype.newbyteorder("<"), order="C", copy=False)
    return hashlib.sha256(little.data if little.size else b"").digest()


def joined_digest(digests: Iterable[bytes]) -> str:
    """The hash (hex) of an image whose blocks, from the top, have these digests."""
    return hashlib.sha256(b"".join(digests)).hexdigest()


class PixelHash:
    """Hashes rows that come in order, in bands of any height."""

    def __init__(self) -> None:
        self._digests: list[bytes] = []
        self._block = hashlib.sha256()
        self._rows = 0  # in the open block

    def update(self, rows: Rows) -> None:
        """Add rows below those so far. They are read before this returns, never kept."""
        begin = 0
        while begin < len(rows):
            taken = rows[begin : begin + BLOCK_ROWS - self._rows]
            self._block.update(np.ascontiguousarray(taken.astype(taken.dtype.newbyteorder("<"), copy=False)).data)
            begin += len(taken)
            self._rows += len(taken)
            if self._rows == BLOCK_ROWS:
                self._close_block()

    def hexdigest(self) -> str:
        """The hash (hex) of all rows so far; more rows may follow."""
        digests = [*self._digests, self._block.copy().digest()] if self._rows else self._digests
        return joined_digest(digests)

    def _close_block(self) -> None:
        self._digests.append(self._block.digest())
        self._block, self._rows = hashlib.sha256(), 0


def pixels_sha256_of(path: Path) -> str:
    """Decode the image at `path`, its largest version only, and hash its pixels. Memory does not grow with its height.

    Alpha and colour are hashed as stored. Raises RejectedPieceError if the file does not decode completely.
    """
    pixels = PixelHash()
    with ImageFile(path) as image:
        top, bottom = image.spec.y, image.spec.y + image.spec.height
        for begin in range(top, bottom, BLOCK_ROWS):
            pixels.update(image.rows(begin, min(begin + BLOCK_ROWS, bottom)))
    return pixels.hexdigest()
