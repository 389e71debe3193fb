"""Small pictures of a texture while it grows: thumbnails of layers, and a preview composed of those that exist.

For people to look at, and made to cost next to nothing: every k-th texel of every k-th row, eight bits. Nothing in a
texture depends on it. Colour is shown with the sRGB transfer, data and normals as their plain numbers.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from flatiron_tasks.contracts.errors import RejectedPieceError
from flatiron_tasks.imaging.colour import encode
from flatiron_tasks.imaging.planes import Planes

SIDE = 256
"""The longer side of a preview, in texels, at most."""

_HEADER = struct.Struct("<6s6H")
_MAGIC = b"FLTHM1"
_CHECKER_TEXELS = 8
_CHECKER = (0.11, 0.16)
_SHOWN = re.compile(rb"tEXtflatiron-preview\0(\d{1,9}) of \d")
_HEAD_BYTES = 128

Bytes8 = npt.NDArray[np.uint8]


class Thumbnail:
    """One layer of a map of `width` x `height` texels, made small while its rows pass by. Uncovered where none do."""

    def __init__(self, width: int, height: int, side: int = SIDE) -> None:
        self._step = max(1, -(-max(width, height) // side))
        self._planes = np.zeros((4, -(-height // self._step), -(-width // self._step)), np.float32)
        self._box = (height, width, 0, 0)  # top, left, bottom, right of what was added

    def add(self, x: int, y: int, planes: Planes) -> None:
        """Take the texels that matter of `planes` (4, rows, width), whose upper left is at map position (`x`, `y`)."""
        step = self._step
        part = planes[:, -y % step :: step, -x % step :: step]
        top, left = -(-y // step), -(-x // step)
        bottom, right = top + part.shape[1], left + part.shape[2]
        if part.size:
            self._planes[:, top:bottom, left:right] = part
            box = self._box
            self._box = min(box[0], top), min(box[1], left), max(box[2], bottom), max(box[3], right)

    def to_bytes(self, kind: str) -> bytes:
        """What was added to the thumbnail as it is shown, compressed. `kind` is that of the element."""
        _, height, width = self._planes.shape
        top, left, bottom, right = self._box if self._box[2] else (0, 0, 0, 0)
        header = _HEADER.pack(_MAGIC, width, height, left, top, right - left, bottom - top)
        return header + zlib.compress(_shown(self._planes[:, top:bottom, left:right], kind).tobytes(), 1)


@dataclass(frozen=True, eq=False)
class SmallLayer:
    """A thumbnail as it was saved: the size of the preview, and straight RGBA (h, w, 4) at (`left`, `top`) in it."""

    width: int
    height: int
    left: int
    top: int
    rgba: Bytes8


def read_thumbnail(data: bytes, *, name: str) -> SmallLayer:
    """Read what `Thumbnail.to_bytes` wrote. Raises RejectedPieceError naming the file for anything else."""
    try:
        magic, width, height, left, top, columns, rows = _HEADER.unpack_from(data)
        fits = left + columns <= width <= SIDE and top + rows <= height <= SIDE
        if magic != _MAGIC or not fits:
            raise RejectedPieceError(f"{name} is not a thumbnail.")
        unpacked = zlib.decompressobj().decompress(data[_HEADER.size :], rows * columns * 4 + 1)
        rgba = np.frombuffer(unpacked, np.uint8).reshape(rows, columns, 4)
    except (struct.error, zlib.error, ValueError) as error:
        raise RejectedPieceError(f"{name} is not a thumbnail.", why=str(error)) from error
    return SmallLayer(width, height, left, top, rgba)


def compose_preview(layers: Iterable[SmallLayer], *, shown: int, total: int) -> bytes:
    """A PNG of `layers`, in plan order, over a dark checker. It says that it shows `shown` of `total` passes.

    Raises RejectedPieceError for thumbnails of different sizes, or none.
    """
    canvas: _Canvas | None = None
    for layer in layers:
        canvas = canvas or _Canvas(layer.width, layer.height)
        canvas.add(layer)
    if canvas is None:
        raise RejectedPieceError("There is no thumbnail to show.")
    return _png(canvas.picture(), f"{shown} of {total}")


def passes_shown(preview: Path) -> int:
    """How many passes a preview shows; 0 if there is none, or the file is something else."""
    try:
        with preview.open("rb") as file:
            found = _SHOWN.search(file.read(_HEAD_BYTES))
    except OSError:
        return 0
    return int(found[1]) if found else 0


class _Canvas:
    """Layers laid into the coverage that earlier ones left free, as composing does."""

    def __init__(self, width: int, height: int) -> None:
        self._colour = np.zeros((height, width, 3), np.float32)
        self._cover = np.zeros((height, width, 1), np.float32)

    def add(self, layer: SmallLayer) -> None:
        rows, columns, _ = layer.rgba.shape
        if self._cover.shape[:2] != (layer.height, layer.width):
            raise RejectedPieceError("The thumbnails of one texture differ in size.")
        window = np.s_[layer.top : layer.top + rows, layer.left : layer.left + columns]
        rgba = layer.rgba.astype(np.float32) / 255
        used = np.minimum(rgba[..., 3:], 1 - self._cover[window])
        self._colour[window] += used * rgba[..., :3]
        self._cover[window] += used

    def picture(self) -> Bytes8:
        """(h, w, 3), the checker where nothing is."""
        free = 1 - self._cover
        checker = _checker(free.shape[0], free.shape[1])
        return np.asarray(np.minimum(self._colour + free * checker, 1) * 255 + 0.5, np.uint8)


@lru_cache(maxsize=8)
def _checker(height: int, width: int) -> npt.NDArray[np.float32]:
    """(h, w, 1) grey."""
    y, x = np.ogrid[:height, :width]
    odd = (x // _CHECKER_TEXELS + y // _CHECKER_TEXELS) % 2
    return np.where(odd, *_CHECKER)[..., np.newaxis].astype(np.float32)


def _shown(planes: Planes, kind: str) -> Bytes8:
    """Premultiplied linear planes as straight display values (h, w, 4)."""
    alpha = planes[3]
    straight = np.divide(planes[:3], alpha, out=np.zeros_like(planes[:3]), where=alpha > 0)
    rgba = np.empty((*alpha.shape, 4), np.uint8)
    rgba[..., :3] = np.moveaxis(encode(_as_half(straight), "uint8", srgb=kind == "color"), 0, -1)
    rgba[..., 3] = np.where(alpha > 0, np.clip(alpha * 255 + 0.5, 1, 255), 0)
    return rgba


def _as_half(values: Planes) -> npt.NDArray[np.float16]:
    """Half values are looked up in a table, NaN included; for eight bits they are more than enough."""
    return np.clip(values, 0, 1).astype(np.float16)


def _png(picture: Bytes8, text: str) -> bytes:
    """An RGB PNG with a text right behind its header, where `passes_shown` looks."""
    height, width, _ = picture.shape
    rows = np.zeros((height, 1 + width * 3), np.uint8)  # a byte 0 before each row: no filter
    rows[:, 1:] = picture.reshape(height, -1)
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    comment = b"flatiron-preview\0" + text.encode("ascii")
    chunks = ((b"IHDR", header), (b"tEXt", comment), (b"IDAT", zlib.compress(rows.tobytes(), 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
