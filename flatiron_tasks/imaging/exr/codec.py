"""Samples of one chunk and the bytes that hold them in the file.

A compressed chunk is packed (`predictor`), then run-length coded (RLE) or deflated (ZIPS, ZIP). One that this does not
make smaller is stored as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from zlib_ng import zlib_ng

from flatiron_tasks.imaging.deflate import WITH_HEADER, deflated, sample_bytes
from flatiron_tasks.imaging.exr.header import FILE_CHANNELS, ExrHeader, damaged
from flatiron_tasks.imaging.exr.predictor import pack_float, pack_half, unpack_float, unpack_half
from flatiron_tasks.imaging.exr.run_lengths import expand_runs
from flatiron_tasks.imaging.planes import Planes

_InflateError = cast("type[Exception]", zlib_ng.error)  # its stub calls it an instance
_DTYPES: dict[str, tuple[type[np.floating[Any]], type[np.unsignedinteger[Any]], str]] = {
    "half": (np.float16, np.uint16, "<u2"),
    "float": (np.float32, np.uint32, "<u4"),
}
_SAMPLE_ROWS, _SAMPLE_PARTS = 4, 4
_BLANK_RATIO = 32  # blank rows shrink at least so much by RLE (64 times) or deflate (up to 1000 times)


@dataclass(frozen=True)
class RawChunk:
    """A chunk as it lies in `file`: number `index` from the top, rows [`top`, `top` + `rows`)."""

    index: int
    top: int
    rows: int
    payload: bytes
    file: Path


def decode(header: ExrHeader, chunk: RawChunk) -> Planes:
    """The samples of a chunk with the channels R, G, B and A, as (4, rows, width) in that order, bits unchanged.

    As `decode_into`, which see.
    """
    planes = np.empty((4, chunk.rows, header.width), _DTYPES[header.pixel_type][0])
    decode_into(planes, 0, 0, header, chunk)
    return planes


def decode_into(planes: Planes, row: int, column: int, header: ExrHeader, chunk: RawChunk) -> None:
    """Decode a chunk to where it belongs in larger `planes` of its type: its upper left to (`row`, `column`).

    Any number of threads may call it at once, for different places. Allocates what the samples need, whatever the
    payload expands to. Raises RejectedPieceError if the payload is damaged, has another length, or the file has other
    channels.
    """
    if header.channels != FILE_CHANNELS:
        raise damaged(chunk.file, f"its channels are {', '.join(header.channels)} instead of R, G, B and A")
    _, bits, stored = _DTYPES[header.pixel_type]
    if row < 0 or column < 0 or row + chunk.rows > planes.shape[1] or column + header.width > planes.shape[2]:
        raise IndexError(f"{chunk.rows} rows of {header.width} at {row}, {column} of planes {planes.shape}")
    size = header.chunk_bytes(chunk.rows)
    if len(chunk.payload) == size:
        samples = np.frombuffer(chunk.payload, stored).reshape(chunk.rows, 4, -1).transpose(1, 0, 2)[::-1]
        planes.view(bits)[:, row : row + chunk.rows, column : column + header.width] = samples
        return
    unpack = unpack_half if header.pixel_type == "half" else unpack_float
    unpack(_expanded(header, chunk, size), planes.view(bits), (row, column, chunk.rows, header.width))


def _expanded(header: ExrHeader, chunk: RawChunk, size: int) -> npt.NDArray[np.uint8]:
    """The `size` bytes that a payload stands for."""
    if header.compression == "none":
        raise damaged(chunk.file, f"the chunk of row {chunk.top} has {len(chunk.payload)} bytes instead of {size}")
    data = _runs(chunk.payload, size) if header.compression == "rle" else _inflated(chunk.payload, size)
    if data is None:
        raise damaged(chunk.file, f"the chunk of row {chunk.top} cannot be decompressed to {size} bytes")
    return data


def _runs(payload: bytes, size: int) -> npt.NDArray[np.uint8] | None:
    data = np.empty(size, np.uint8)
    whole = expand_runs(np.frombuffer(payload, np.uint8), data)
    data.flags.writeable = False  # as the other branch's: one signature to compile
    return data if whole else None


def _inflated(payload: bytes, size: int) -> npt.NDArray[np.uint8] | None:
    stream = zlib_ng.decompressobj(WITH_HEADER)
    try:
        # Room for one byte too many: only so the checksum that follows the last byte is read.
        data = stream.decompress(payload, size + 1)
    except _InflateError:
        return None
    whole = stream.eof and len(data) == size and not stream.unused_data
    return np.frombuffer(data, np.uint8) if whole else None


def encode(planes: Planes) -> bytes:
    """The ZIP payload of a chunk's samples (3 or 4, rows, width): R, G, B and perhaps A, float16 or float32.

    Any number of threads may call it at once.
    """
    pixel_type = "half" if planes.dtype == np.float16 else "float"
    _, bits, stored = _DTYPES[pixel_type]
    samples = np.ascontiguousarray(planes).view(bits)
    payload = deflated(_packed(samples), sample=_packed(_sample(samples)))
    if len(payload) < planes.nbytes:
        return payload
    return samples[::-1].transpose(1, 0, 2).astype(stored, copy=False).tobytes()


def _packed(samples: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """The bytes that are deflated for samples (channels, rows, width) of uint16 or uint32."""
    packed = np.empty(samples.nbytes, np.uint8)
    (pack_half if samples.dtype == np.uint16 else pack_float)(samples, packed)
    return packed


def _sample(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Middle rows of evenly spread columns, as a chunk of its own.

    In a wide chunk equal channels lie further apart than a sample is long.
    """
    channels, rows, width = samples.shape
    middle = samples[:, (rows - 1) // 2 :][:, :_SAMPLE_ROWS]
    columns = sample_bytes(samples.nbytes) // (channels * middle.shape[1] * samples.itemsize * _SAMPLE_PARTS)
    room = width // _SAMPLE_PARTS
    if room <= columns:
        return np.ascontiguousarray(middle)
    begins = [index * room + (room - columns) // 2 for index in range(_SAMPLE_PARTS)]
    return np.concatenate([middle[:, :, begin : begin + columns] for begin in begins], axis=2)


class BlankChunks:
    """The payloads of one file that are known to hold nothing but zero bits.

    A mostly empty file repeats the same few payloads: they are decoded once. Threads may share it.
    """

    def __init__(self) -> None:
        self._known: set[tuple[int, bytes]] = set()
        self._longest = 0  # of the known; longer ones need not be hashed

    def __contains__(self, chunk: RawChunk) -> bool:
        return len(chunk.payload) <= self._longest and (chunk.rows, chunk.payload) in self._known

    def learn(self, chunk: RawChunk, planes: Planes) -> None:
        """Remember the chunk if `planes`, its samples, are blank."""
        if len(chunk.payload) * _BLANK_RATIO <= planes.nbytes and not planes.view(np.uint8).any():
            self._known.add((chunk.rows, chunk.payload))
            self._longest = max(self._longest, len(chunk.payload))
