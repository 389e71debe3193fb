"""UV masks: which texels of a map belong to an object, as the job says, whatever its render covers.

A mask is an 8-bit grey image of the map's size: 0 = not mine, anything else = mine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from flatiron_tasks.contracts.errors import BadInputError, RejectedPieceError, ShareError
from flatiron_tasks.imaging.image_input import ImageFile
from flatiron_tasks.imaging.texel_check import OwnedRows
from flatiron_tasks.imaging.verified_file import VerifiedFile

_ROWS_AT_A_TIME = 256


@dataclass(frozen=True)
class UvMask:
    """A mask file, and its size in bytes and SHA-256 (hex) as the job states them."""

    path: Path
    size: int
    sha256: str


class OwnedTexels:
    """A mask, `width` texels wide, as one bit per texel: `bits` (height, bytes of a row). Threads may share it."""

    def __init__(self, bits: npt.NDArray[np.uint8], width: int) -> None:
        self._bits = bits
        self._width = width

    def window(self, x: int, y: int, width: int, rows: int) -> OwnedRows:
        """0 or 1 for each texel of a part of the map, (rows, width)."""
        texels = np.unpackbits(self._bits[y : y + rows], axis=1, count=x + width)
        return np.ascontiguousarray(texels[:, x:])

    def has_interior(self, row_begin: int, row_end: int) -> bool:
        """Whether a texel of rows [row_begin, row_end) is owned together with its eight neighbours.

        Neighbours may lie in the rows around these; what lies beyond the map counts as owned. So a mask that is grown
        by a texel owns no rows, in this sense, that its object does not reach.
        """
        begins = range(row_begin, row_end, _ROWS_AT_A_TIME)
        return any(self._any_interior(begin, min(begin + _ROWS_AT_A_TIME, row_end)) for begin in begins)

    def _any_interior(self, begin: int, end: int) -> bool:
        if not self._bits[begin:end].any():
            return False
        first, last = max(begin - 1, 0), min(end + 1, len(self._bits))
        owned = self.window(0, first, self._width, last - first)
        owned = np.pad(owned, ((first - begin + 1, end + 1 - last), (1, 1)), constant_values=1)
        columns = owned[:-2] & owned[1:-1] & owned[2:]
        return bool((columns[:, :-2] & columns[:, 1:-1] & columns[:, 2:]).any())


@lru_cache(maxsize=1)  # all strips and elements of a pass share one mask
def read_uv_mask(mask: UvMask, width: int, height: int) -> OwnedTexels:
    """Read the mask of a map of `width` x `height` texels.

    Raises BadInputError if the file is not the one of the job or no such mask, ShareError if it cannot be read now.
    """
    try:
        with VerifiedFile(mask.path, size=mask.size) as file, file.copied() as copy:
            if difference := file.difference(mask.sha256):
                raise _unusable(mask.path, f"the job says {difference}")
            return OwnedTexels(_packed(copy, mask.path, width, height), width)
    except FileNotFoundError as error:
        raise ShareError(
            f"The UV mask {mask.path} is missing", why=str(error), advice="Check the share; else submit the job again"
        ) from error
    except RejectedPieceError as error:
        raise _unusable(mask.path, error.why) from error


def _packed(copy: Path, path: Path, width: int, height: int) -> npt.NDArray[np.uint8]:
    with ImageFile(copy, name=path) as image:
        spec = image.spec
        found = (spec.width, spec.height, spec.nchannels, image.sample_type)
        if found != (width, height, 1, "uint8"):
            raise _unusable(
                path, f"(width, height, channels, samples) are {found}, needed are {(width, height, 1, 'uint8')}"
            )
        begins = range(0, height, _ROWS_AT_A_TIME)
        bands = (image.rows(y, min(y + _ROWS_AT_A_TIME, height)) for y in begins)
        return np.concatenate([np.packbits(band[..., 0] != 0, axis=1) for band in bands])


def _unusable(path: Path, why: str) -> BadInputError:
    return BadInputError(f"The UV mask {path} cannot be used", why=why, advice="Submit the job again")
