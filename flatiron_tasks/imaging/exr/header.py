"""What an OpenEXR header says about a scan-line file, and the two ways in which a file can be refused.

Reading a header is in `header_reader`, writing one in `writer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from flatiron_tasks.contracts.errors import RejectedPieceError

MAGIC = 20000630
VERSION = 2

COMPRESSIONS = {0: "none", 1: "rle", 2: "zips", 3: "zip"}
"""Code in the file -> name, for those that are read here."""

ROWS_PER_CHUNK = {"none": 1, "rle": 1, "zips": 1, "zip": 16}
SAMPLE_BYTES = {"half": 2, "float": 4}

FILE_CHANNELS = ("A", "B", "G", "R")
"""The channels of a piece or layer as a file lists and stores them: in alphabetical order."""


class UnsupportedExrError(RejectedPieceError):
    """A form of OpenEXR that may be valid but is not read here: tiled, deep, several parts, other compressions."""


class Box(NamedTuple):
    """Texels of the map, y down; `right` and `bottom` are one beyond the last."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class ExrHeader:
    """One scan-line file: its display and data window, and how its chunks are stored.

    `channels` are in the file's order, `pixel_type` is "half" or "float", `compression` a key of `ROWS_PER_CHUNK`.
    `attributes` holds those of the type string.
    """

    display: Box
    data: Box
    channels: tuple[str, ...]
    pixel_type: str
    compression: str
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows_per_chunk(self) -> int:
        """Rows of every chunk but the last, which may have fewer."""
        return ROWS_PER_CHUNK[self.compression]

    @property
    def width(self) -> int:
        """Columns of the data window."""
        return self.data.right - self.data.left

    @property
    def rows(self) -> int:
        """Rows of the data window."""
        return self.data.bottom - self.data.top

    @property
    def chunk_count(self) -> int:
        """Chunks of the file, and entries of its offset table."""
        return -(-self.rows // self.rows_per_chunk)

    def chunk_rows(self, index: int) -> int:
        """Rows of chunk `index`, counted from the top of the data window."""
        return min(self.rows_per_chunk, self.rows - index * self.rows_per_chunk)

    def chunk_bytes(self, rows: int) -> int:
        """Size of the samples of `rows` rows, not compressed."""
        return rows * self.width * len(self.channels) * SAMPLE_BYTES[self.pixel_type]


def damaged(file: Path, why: str) -> RejectedPieceError:
    """The error for a file that is not what its format demands."""
    return RejectedPieceError(
        f"{file} is not a readable OpenEXR file",
        why=why,
        advice="Write the file again; if that repeats, look at the disk and the share it lies on",
    )


def unsupported(file: Path, what: str) -> UnsupportedExrError:
    """The error for a form of OpenEXR that is not read here."""
    return UnsupportedExrError(
        f"{file} is an OpenEXR file of a form that is not read here",
        why=what,
        advice="Write single-part scan lines with ZIP compression, all channels half or all float",
    )
