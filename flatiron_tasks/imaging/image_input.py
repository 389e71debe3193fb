"""Opening and decoding image files with OpenImageIO: nothing that it reports, or fails to report, passes as pixels.

It does not judge what is in an image; `gate` does that for pieces.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

from flatiron_tasks.contracts.errors import RejectedPieceError

_DTYPES: dict[str, type[np.generic]] = {
    "uint8": np.uint8,
    "uint16": np.uint16,
    "half": np.float16,
    "float": np.float32,
}


def dtype_of(sample_type: str) -> np.dtype[Any]:
    """The numpy dtype of a sample type, e.g. float16 for "half"."""
    return np.dtype(_DTYPES[sample_type])


class ImageFile:
    """An open image: its first subimage, in full size unless another mip level is chosen.

    Alpha and colour come as stored, nothing is converted.
    `name` is the path for messages, if the decoded file is a copy. Use it as a context manager.

    Raises RejectedPieceError if OpenImageIO cannot open the file.
    """

    def __init__(self, path: Path, *, name: Path | None = None) -> None:
        self.name = name or path
        self._path = str(path)
        config = oiio.ImageSpec()
        config.attribute("oiio:UnassociatedAlpha", 1)
        opened = oiio.ImageInput.open(str(path), config)
        if opened is None:
            raise self.rejected(error_text(oiio) or "it cannot be opened as an image")
        self._input = opened
        self._level = 0
        self.spec = opened.spec()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back to the operating system."""
        self._input.close()

    @property
    def format_name(self) -> str:
        """OpenImageIO's name of the file format, e.g. "openexr"."""
        return self._input.format_name()

    @property
    def sample_type(self) -> str:
        """The type of all channels, e.g. "half"; "mixed" if they differ."""
        types = {str(kind) for kind in self.spec.channelformats} or {str(self.spec.format)}
        return types.pop() if len(types) == 1 else "mixed"

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Names of the channels in the file's order. Raises RejectedPieceError if they are not text."""
        try:
            return tuple(self.spec.channelnames)
        except UnicodeDecodeError:
            raise self.rejected("its channel names are not text") from None

    def has_part(self, subimage: int, miplevel: int) -> bool:
        """Whether the file has this subimage and mip level."""
        found = self._input.seek_subimage(subimage, miplevel)
        error_text(self._input)  # a part that is not there is an answer, not an error
        return found and self._input.seek_subimage(0, self._level)

    def choose_level(self, level: int) -> None:
        """Go on with this mip level, `spec` and all. Raises RejectedPieceError if the file has not so many."""
        if not self._input.seek_subimage(0, level):
            raise self.rejected(f"mip level {level} is not there: {error_text(self._input)}")
        self._level = level
        self.spec = self._input.spec()

    def rows(self, begin: int, end: int) -> npt.NDArray[Any]:
        """Rows [begin, end) in the data window's coordinates: (rows, width, channels) in the file's own type.

        Raises RejectedPieceError if any of them cannot be decoded.
        """
        spec = self.spec
        if spec.tile_width:
            decoded = self._tiled_rows(begin, end)
        else:
            decoded = self._input.read_scanlines(0, self._level, begin, end, 0, 0, spec.nchannels, spec.format)
        return self._checked(decoded, (end - begin, spec.width, spec.nchannels))

    def _tiled_rows(self, begin: int, end: int) -> npt.NDArray[Any] | None:
        spec = self.spec
        first = begin - (begin - spec.y) % spec.tile_height
        last = min(end + -(end - spec.y) % spec.tile_height, spec.y + spec.height)
        right = spec.x + spec.width
        tiles = self._input.read_tiles(0, self._level, spec.x, right, first, last, 0, 1, 0, spec.nchannels, spec.format)
        return None if tiles is None else tiles.reshape(last - first, spec.width, -1)[begin - first : end - first]

    def _checked(self, decoded: npt.NDArray[Any] | None, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        error = error_text(self._input)
        if decoded is None or error:
            raise self.rejected(error or "its pixels cannot be decoded")
        if decoded.size != np.prod(shape):
            raise self.rejected(f"it decodes to {decoded.shape} samples instead of {shape}")
        return decoded.reshape(shape)

    def rejected(self, why: str) -> RejectedPieceError:
        """The error for this file, with the reason."""
        return RejectedPieceError(
            f"{self.name} is not a readable image",
            why=why.replace(self._path, str(self.name)),
            advice="Write the file again; if that repeats, look at the disk and the share it lies on",
        )


def error_text(source: Any) -> str:
    """OpenImageIO's pending error of `source` (the module, an input or an output); "" if there is none.

    A damaged header can put arbitrary bytes into the message, which the binding then fails to decode.
    """
    try:
        return str(source.geterror()).strip()
    except UnicodeDecodeError:
        return "its header holds bytes that are not text"
