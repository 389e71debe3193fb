"""Writing image files in bands of rows: atomically, and with bytes that depend on pixels, format and metadata alone.

No date, host, path or software name gets into a file. Encoder settings are fixed here, so equal pixels give equal
bytes; they are tied to the pinned OpenImageIO release.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

from flatiron_tasks.contracts.errors import BadInputError, ShareError
from flatiron_tasks.imaging.image_input import error_text
from flatiron_tasks.imaging.texture import TextureSpec, mark_text

_BLOCK_ROWS = 64  # a multiple of the rows that OpenEXR (16) and TIFF (32) compress together
_HASH_BYTES = 1 << 20

# OpenImageIO's name of the format, and the encoder settings.
_ENCODERS: Mapping[str, tuple[str, Mapping[str, str | int]]] = MappingProxyType(
    {
        # Row filter 16 is "sub" in libpng. Bakes are noisy, so run lengths beat deflate level 1 in time and size.
        "png": ("png", {"compression": "rle", "png:filter": 16}),
        "tiff": ("tiff", {"compression": "lzw"}),
        "tga": ("targa", {"compression": "rle"}),
        "jpeg": ("jpeg", {"compression": "jpeg:95", "jpeg:subsampling": "4:4:4"}),
        "exr": ("openexr", {"compression": "zip"}),
    }
)


@dataclass(frozen=True)
class WrittenFile:
    """Size in bytes and SHA-256 (hex) of a file that was written."""

    size: int
    sha256: str


class ImageWriter:
    """One image file, written from top to bottom, that appears at `out` complete or not at all.

    Until `commit` it lies in the same folder under a name that contains `token` (a random one if not given); leaving
    the context without a commit removes it. Raises ShareError if the disk or the share does not take the file.
    """

    def __init__(self, out: Path, format_name: str, spec: oiio.ImageSpec, *, token: str | None = None) -> None:
        self._out = out
        self._temporary = out.with_name(f"{out.stem}.{token or secrets.token_hex(8)}.tmp{out.suffix}")
        self._height = spec.height
        self._top = spec.y
        self._pending: list[npt.NDArray[Any]] = []
        self._written = 0
        output = oiio.ImageOutput.create(format_name)
        if output is None:
            raise BadInputError(
                f"OpenImageIO has no writer for {format_name}", why=error_text(oiio), advice="Reinstall it"
            )
        self._output = output
        if not self._output.open(str(self._temporary), spec):
            failure = self._failed(error_text(self._output))
            self._discard()
            raise failure

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._discard()

    def write(self, rows: npt.NDArray[Any]) -> None:
        """Append rows (n, width, channels) in the file's own sample type.

        They reach the encoder in blocks of fixed size, so that the bytes do not depend on how the caller cuts them.
        """
        self._pending.append(rows)
        if sum(len(band) for band in self._pending) >= _BLOCK_ROWS:
            waiting = np.concatenate(self._pending)
            whole = len(waiting) - len(waiting) % _BLOCK_ROWS
            self._encode(waiting[:whole])
            self._pending = [waiting[whole:]] if whole < len(waiting) else []

    def commit(self) -> WrittenFile:
        """Finish the file, flush it to the disk and put it in place."""
        if self._pending:
            self._encode(np.concatenate(self._pending))
            self._pending = []
        if self._written != self._height:
            raise BadInputError(
                f"{self._out} got {self._written} of {self._height} rows", advice="Report this as a fault in Flatiron"
            )
        if not self._output.close():
            raise self._failed(error_text(self._output))
        try:
            return self._put_in_place()
        except OSError as error:
            raise self._failed(str(error)) from error

    def _encode(self, rows: npt.NDArray[Any]) -> None:
        begin = self._top + self._written
        if not self._output.write_scanlines(begin, begin + len(rows), 0, np.ascontiguousarray(rows)):
            raise self._failed(error_text(self._output))
        self._written += len(rows)

    def _discard(self) -> None:
        """Remove what is not in place. If that fails, the first error counts; clean-up finds the file by its token."""
        self._output.close()
        with contextlib.suppress(OSError):
            self._temporary.unlink()

    def _put_in_place(self) -> WrittenFile:
        # Windows flushes only handles that may write.
        with self._temporary.open("rb+") as file:
            os.fsync(file.fileno())
            written = WrittenFile(os.fstat(file.fileno()).st_size, _sha256(file.read))
        self._temporary.replace(self._out)
        return written

    def _failed(self, why: str) -> ShareError:
        return ShareError(
            f"{self._out} cannot be written",
            why=why,
            advice=f"Check that {self._out.parent} exists, may be written to and has free space",
        )


def texture_writer(out: Path, spec: TextureSpec, *, token: str | None = None) -> ImageWriter:
    """A writer for a final texture, see `ImageWriter`."""
    format_name, settings = _ENCODERS[spec.file_format]
    image = image_spec(spec.width, spec.height, spec.channels, spec.pixel_type, spec.metadata)
    for name, value in settings.items():
        image.attribute(name, value)
    if spec.file_format == "tga":
        # Its comment is broken into lines of 80 characters; the image id is not.
        image.attribute("targa:ImageID", mark_text(spec.metadata))
        image.erase_attribute("ImageDescription")
    if spec.file_format == "png" and not spec.srgb:
        # Without it OpenImageIO declares every PNG to be sRGB.
        image.attribute("oiio:ColorSpace", "lin_rec709_scene")
    if spec.alpha and not spec.premultiplied:
        image.attribute("oiio:UnassociatedAlpha", 1)
    return ImageWriter(out, format_name, image, token=token)


def image_spec(width: int, height: int, channels: int, sample_type: str, metadata: Mapping[str, str]) -> oiio.ImageSpec:
    """A specification that carries `metadata` and nothing that depends on time, host or path."""
    image = oiio.ImageSpec(width, height, channels, sample_type)
    image.attribute("DateTime", "")  # otherwise OpenImageIO writes the current time into TIFF and OpenEXR files
    if metadata:
        image.attribute("ImageDescription", mark_text(metadata))
    return image


def _sha256(read: Callable[[int], bytes]) -> str:
    digest = hashlib.sha256()
    while block := read(_HASH_BYTES):
        digest.update(block)
    return digest.hexdigest()
