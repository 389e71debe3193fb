"""Writing a final texture in bands of rows: whole or not at all, and read back before it counts.

The bytes depend on pixels, format and metadata alone, not on how rows are cut, on threads, path or time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.imaging.exr_texture import ExrEncoder
from flatiron_tasks.imaging.image_input import dtype_of
from flatiron_tasks.imaging.oiio_output import ScanlineEncoder
from flatiron_tasks.imaging.ordered_jobs import OrderedJobs
from flatiron_tasks.imaging.output_file import OutputFile
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.pixel_hash import BLOCK_ROWS, Geometry, block_digest, joined_digest
from flatiron_tasks.imaging.png import PngEncoder
from flatiron_tasks.imaging.texture import TextureSpec
from flatiron_tasks.imaging.tiff import TiffEncoder
from flatiron_tasks.imaging.tx import TxEncoder
from flatiron_tasks.imaging.verify import verify_texture_readable

Rows = npt.NDArray[Any]
"""(rows, width, channels) in the file's sample type."""

_READ_BACK_BY_HASH = ("png",)  # written strictly from its beginning to its end: the bytes that were made are known


@dataclass(frozen=True)
class WrittenTexture:
    """A texture that is in place: size in bytes, SHA-256 (hex) of the file, and of its pixels (`pixel_hash`)."""

    size: int
    sha256: str
    pixels_sha256: str


class Encoder(Protocol):
    """Turns blocks of `BLOCK_ROWS` rows, the last one lower, into a file."""

    def add(self, block: Rows) -> None:
        """Append rows."""

    def finish(self) -> None:
        """Complete the file."""

    def close(self) -> None:
        """Give back what is open, after `finish` or without it."""


class TextureWriter:
    """One texture, written from top to bottom, that appears at `out` complete and read back, or not at all.

    Use it as a context manager; leaving it without `commit` removes what was written. See `OutputFile`.
    """

    def __init__(self, spec: TextureSpec, output: OutputFile, encoder: Encoder, crew: Crew) -> None:
        self._spec = spec
        self._output = output
        self._encoder = encoder
        self._crew = crew
        self._received = 0
        self._block: list[Rows] = []
        self._digests: list[bytes] = []
        self._hashing = OrderedJobs(crew, self._digests.append)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._encoder.close()
        self._hashing.drop()
        self._output.discard()

    def write(self, rows: Rows) -> None:
        """Append rows (n, width, channels) in the file's sample type. They must not change afterwards.

        Raises ShareError if the file cannot be written, BadInputError for rows that do not belong to the texture.
        """
        self._check(rows)
        while len(rows):
            part = rows[: BLOCK_ROWS - self._received % BLOCK_ROWS]
            rows = rows[len(part) :]
            self._block.append(part)
            self._received += len(part)
            if self._received % BLOCK_ROWS == 0 or self._received == self._spec.height:
                self._encode()

    def commit(self) -> WrittenTexture:
        """Finish the file, flush it to the disk, read it back and put it in place.

        Raises ShareError if it cannot be written or reads back as something else, BadInputError if rows are missing.
        """
        if self._received != self._spec.height:
            raise self._fault(f"got {self._received} of {self._spec.height} rows")
        self._encoder.finish()
        self._hashing.finish()
        pixels = joined_digest(Geometry.planned(self._spec), self._digests)
        if self._spec.file_format not in _READ_BACK_BY_HASH:
            pixels = self._decoded(pixels)
        written = self._output.commit()
        return WrittenTexture(written.size, written.sha256, pixels)

    def _encode(self) -> None:
        block = self._block[0] if len(self._block) == 1 else np.concatenate(self._block)
        self._block = []
        self._hashing.add(partial(block_digest, block))
        self._encoder.add(block)

    def _decoded(self, pixels: str) -> str:
        """The hash of the pixels that a reader of the file gets: the one of those that were written, but for JPEG."""
        found = verify_texture_readable(self._output.temporary, self._spec, name=self._output.out, crew=self._crew)
        if found != pixels and self._spec.file_format != "jpeg":
            raise self._output.failed("it decodes to other pixels than were written")
        return found

    def _check(self, rows: Rows) -> None:
        found = (rows.shape[1:], rows.dtype)
        wanted = ((self._spec.width, self._spec.channels), dtype_of(self._spec.pixel_type))
        if found != wanted:
            raise self._fault(f"got rows of {found[0]} {found[1]} instead of {wanted[0]} {wanted[1]}")
        if self._received + len(rows) > self._spec.height:
            raise self._fault(f"got more than {self._spec.height} rows")

    def _fault(self, what: str) -> BadInputError:
        return BadInputError(f"{self._output.out} {what}", advice="Report this as a fault in Flatiron")


def texture_writer(out: Path, spec: TextureSpec, *, crew: Crew, token: str | None = None) -> TextureWriter:
    """A writer for the texture `spec` at `out`; encoding and hashing run in `crew`. Raises ShareError.

    Until it is complete, the file's name in the same folder contains `token` (a random one if not given).
    """
    output = OutputFile(out, token)
    try:
        encoder = _encoder(spec, output, crew)
    except BaseException:
        output.discard()
        raise
    return TextureWriter(spec, output, encoder, crew)


def _encoder(spec: TextureSpec, output: OutputFile, crew: Crew) -> Encoder:
    match spec.file_format, spec.pixel_type:
        case "png", _:
            return PngEncoder(spec, output, crew)
        case "tiff", _:
            return TiffEncoder(spec, output, crew)
        case "exr", "half":
            return ExrEncoder(spec, output, crew)
        case "tx", _:
            return TxEncoder(spec, output)
    return ScanlineEncoder(spec, output)
