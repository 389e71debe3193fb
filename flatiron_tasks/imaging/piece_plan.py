"""What a piece must be: what the plan says about it, and what its receipt says about its file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flatiron_tasks.contracts.elements import PIECE_TYPES
from flatiron_tasks.contracts.errors import BadInputError, RejectedPieceError
from flatiron_tasks.imaging.texture import check_size
from flatiron_tasks.imaging.uv_mask import UvMask
from flatiron_tasks.imaging.verified_file import VerifiedFile

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


@dataclass(frozen=True)
class PieceSource:
    """A piece's file, the plan, size in bytes and SHA-256 (hex) of its receipt, and its object's UV mask if any."""

    path: Path
    expected: PieceExpectation
    size: int
    sha256: str
    mask: UvMask | None = None

    def check_receipt(self, file: VerifiedFile) -> None:
        """Read the rest of `file`, which is open at `path`. Raises RejectedPieceError if it is not the receipt's."""
        if difference := file.difference(self.sha256):
            raise rejected(self.path, f"its receipt says {difference}")


def rejected(path: Path, why: str) -> RejectedPieceError:
    """The error for a piece that must not be used."""
    return RejectedPieceError(f"The piece {path.name} is rejected", why=why, advice=_RENDER_AGAIN)


def missing(path: Path) -> RejectedPieceError:
    """The error for a piece of which there is no file."""
    return RejectedPieceError(f"{path} is missing", why="only its receipt is there", advice=_RENDER_AGAIN)
