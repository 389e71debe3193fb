"""OpenEXR files for the tests: by OpenImageIO, by hand, and by the writer under test."""

from __future__ import annotations

import io
import struct
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from flatiron_tasks.imaging.exr.codec import decode
from flatiron_tasks.imaging.exr.header import Box, ExrHeader
from flatiron_tasks.imaging.exr.reader import ExrReader
from flatiron_tasks.imaging.exr.writer import ExrWriter
from flatiron_tasks.imaging.planes import Planes

NAME = Path("some/piece.exr")
DTYPES = {"half": np.float16, "float": np.float32}
CODES = {"uint": 0, "half": 1, "float": 2}


def smooth_planes(rows: int, width: int, pixel_type: str = "half", *, seed: int = 0) -> Planes:
    """Slopes with a little noise on every other column: what compresses to about half its size."""
    rng = np.random.default_rng(seed)
    slopes = np.linspace(0, 1, rows * width).reshape(rows, width) * np.array([0.2, 0.5, 0.7, 1])[:, None, None]
    slopes[:, :, ::2] += rng.normal(0, 0.01, slopes[:, :, ::2].shape)
    return np.asarray(slopes, DTYPES[pixel_type])


def any_bits(rows: int, width: int, pixel_type: str = "half", *, seed: int = 0) -> Planes:
    """Every kind of number there is: NaN, infinity, denormal, negative."""
    dtype = np.dtype(DTYPES[pixel_type])
    data = np.random.default_rng(seed).bytes(4 * rows * width * dtype.itemsize)
    return np.frombuffer(data, dtype).reshape(4, rows, width)


def same_bits(one: Planes, other: Planes) -> bool:
    """Equal to the last bit, NaN included."""
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


def foreign_exr(folder: Path, planes: Planes, *, x: int = 0, y: int = 0, tile: int = 0, **attributes: Any) -> bytes:
    """What OpenImageIO writes, with `attributes` such as compression; the display window is 4000 x 3000."""
    _, rows, width = planes.shape
    spec = oiio.ImageSpec(width, rows, 4, "half" if planes.dtype == np.float16 else "float")
    spec.x, spec.y, spec.full_width, spec.full_height = x, y, 4000, 3000
    spec.tile_width = spec.tile_height = tile
    for name, value in attributes.items():
        spec.attribute(name.replace("__", ":"), value)
    output = oiio.ImageOutput.create("openexr")
    assert output is not None
    path = folder / "foreign.exr"
    assert output.open(str(path), spec), output.geterror()
    assert output.write_image(np.ascontiguousarray(planes.transpose(1, 2, 0))), output.geterror()
    assert output.close()
    return path.read_bytes()


def own_exr(planes: Planes, *, x: int = 0, y: int = 0, attributes: Mapping[str, str] | None = None) -> bytes:
    """What the writer writes."""
    _, rows, width = planes.shape
    file = io.BytesIO()
    writer = ExrWriter(
        file,
        display=Box(0, 0, 4000, 3000),
        data=Box(x, y, x + width, y + rows),
        pixel_type="half" if planes.dtype == np.float16 else "float",
        attributes=attributes or {},
    )
    for top in range(0, rows, 16):
        writer.append(writer.encode(planes[:, top : top + 16]))
    writer.finish()
    return file.getvalue()


def hand_made_exr(
    payloads: Sequence[bytes],
    *,
    width: int = 4,
    rows: int = 1,
    compression: int = 0,
    version: int = 2,
    channels: Sequence[tuple[str, str, int]] = (("A", "half", 1), ("B", "half", 1), ("G", "half", 1), ("R", "half", 1)),
    changed: Mapping[str, tuple[str, bytes] | None] | None = None,
    step: int = 1,
) -> bytes:
    """A file of these chunks of `step` rows; `channels` are (name, type, sampling), `changed` replaces attributes."""
    listed = b"".join(
        name.encode() + struct.pack("<B4i", 0, CODES[kind], 0, sampling, sampling) for name, kind, sampling in channels
    )
    window = struct.pack("<4i", 0, 0, width - 1, rows - 1)
    attributes: dict[str, tuple[str, bytes] | None] = {
        "channels": ("chlist", listed + b"\0"),
        "compression": ("compression", bytes([compression])),
        "dataWindow": ("box2i", window),
        "displayWindow": ("box2i", window),
        "lineOrder": ("lineOrder", b"\0"),
        **(changed or {}),
    }
    head = struct.pack("<2i", 20000630, version)
    for name, value in attributes.items():
        if value is not None:
            kind, data = value
            head += name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(data)) + data
    head += b"\0"
    offsets, chunks = [], b""
    for index, payload in enumerate(payloads):
        offsets.append(len(head) + 8 * len(payloads) + len(chunks))
        chunks += struct.pack("<2i", index * step, len(payload)) + payload
    return head + struct.pack(f"<{len(offsets)}Q", *offsets) + chunks


def read_exr(data: bytes) -> tuple[ExrHeader, Planes]:
    """Header and all planes, whatever the order of the chunks."""
    reader = ExrReader(io.BytesIO(data), name=NAME)
    header = reader.header
    planes = np.empty((4, header.rows, header.width), DTYPES[header.pixel_type])
    while (chunk := reader.next_chunk()) is not None:
        top = chunk.top - header.data.top
        planes[:, top : top + chunk.rows] = decode(header, chunk)
    return header, planes


def peak_memory(action: Callable[[], object]) -> int:
    """The most bytes that `action` held at once."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
