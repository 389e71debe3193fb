"""Reading an OpenEXR header strictly, as a stream, every size bounded before anything is allocated for it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from flatiron_tasks.contracts.elements import MAX_SIDE
from flatiron_tasks.imaging.exr.byte_source import ByteSource
from flatiron_tasks.imaging.exr.header import COMPRESSIONS, MAGIC, VERSION, Box, ExrHeader, damaged, unsupported

_LONG_NAMES = 0x400  # names of up to 255 bytes instead of 31
_MAX_NAME = 255
_MAX_HEADER = 1 << 20  # bytes; previews and renderer settings lie far below
_MAX_ATTRIBUTES = 1000  # renderers write some dozens
_MAX_CHANNELS = 64
_PIXEL_TYPES = {1: "half", 2: "float"}


def read_header(source: ByteSource, file: Path) -> ExrHeader:
    """Read magic number, version and header; `source` stands at the offset table afterwards.

    Raises RejectedPieceError if they are damaged, UnsupportedExrError for a form that is not read here.
    """
    _check_version(source, file)
    found = dict(_attributes(source, file))
    channels, pixel_type = _channels(_need(found, "channels", "chlist", file), file)
    (line_order,) = _need(found, "lineOrder", "lineOrder", file, size=1)
    if line_order > 2:
        raise damaged(file, f"its line order ({line_order}) is unknown")
    return ExrHeader(
        display=_box(found, "displayWindow", file),
        data=_bounded(_box(found, "dataWindow", file), file),
        channels=channels,
        pixel_type=pixel_type,
        compression=_compression(found, file),
        attributes={name: data.decode("utf-8", "replace") for name, (kind, data) in found.items() if kind == "string"},
    )


def _check_version(source: ByteSource, file: Path) -> None:
    magic, version = struct.unpack("<iI", source.take(8))
    if magic != MAGIC:
        raise damaged(file, "it is not an OpenEXR file")
    if version & 0xFF != VERSION:
        raise damaged(file, f"it is of the unknown version {version & 0xFF}")
    if version & ~_LONG_NAMES != VERSION:
        raise unsupported(file, f"it is tiled, deep or multi-part (version field {version:#x})")


def _attributes(source: ByteSource, file: Path) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """Name, type and value of every attribute."""
    seen: set[str] = set()
    while name := source.take_text(_MAX_NAME):
        kind = source.take_text(_MAX_NAME)
        (size,) = struct.unpack("<i", source.take(4))
        if not 0 <= size <= _MAX_HEADER - source.position:
            raise damaged(
                file, f"its header claims {size} bytes for {name!r}; {_MAX_HEADER} in all are the most that is read"
            )
        if name in seen:
            raise damaged(file, f"its header holds {name!r} twice")
        if len(seen) == _MAX_ATTRIBUTES:
            raise damaged(file, f"its header holds more than {_MAX_ATTRIBUTES} attributes")
        seen.add(name)
        yield name, (kind, source.take(size))


def _need(found: dict[str, tuple[str, bytes]], name: str, kind: str, file: Path, *, size: int | None = None) -> bytes:
    """The value of an attribute that must be there."""
    if name not in found:
        raise damaged(file, f"its header has no {name}")
    found_kind, data = found[name]
    if found_kind != kind or (size is not None and len(data) != size):
        raise damaged(file, f"its header's {name} is {len(data)} bytes of the type {found_kind!r}")
    return data


def _box(found: dict[str, tuple[str, bytes]], name: str, file: Path) -> Box:
    left, top, last_x, last_y = struct.unpack("<4i", _need(found, name, "box2i", file, size=16))
    if last_x < left or last_y < top:
        raise damaged(file, f"its {name} is empty")
    return Box(left, top, last_x + 1, last_y + 1)


def _bounded(data: Box, file: Path) -> Box:
    width, height = data.right - data.left, data.bottom - data.top
    if width > MAX_SIDE or height > MAX_SIDE:
        raise damaged(file, f"its data window claims {width}x{height} texels; {MAX_SIDE} is the longest side")
    return data


def _compression(found: dict[str, tuple[str, bytes]], file: Path) -> str:
    (code,) = _need(found, "compression", "compression", file, size=1)
    if code not in COMPRESSIONS:
        raise unsupported(file, f"its compression has the code {code}")
    return COMPRESSIONS[code]


def _channels(data: bytes, file: Path) -> tuple[tuple[str, ...], str]:
    """Names in the file's order, and the one pixel type."""
    listed = list(_listed_channels(data, file))
    names = tuple(name for name, *_ in listed)
    if not names or list(names) != sorted(set(names)):
        raise damaged(file, "its channels are not listed once each in alphabetical order")
    codes = {code for _, code, *_ in listed}
    if not codes <= {0, *_PIXEL_TYPES}:
        raise damaged(file, "a channel's sample type is unknown")
    if len(codes) > 1 or 0 in codes or len(names) > _MAX_CHANNELS:
        raise unsupported(file, "its channels are of several types, integers, or very many")
    if any(sampling != (1, 1) for *_, sampling in listed):
        raise unsupported(file, "a channel does not hold every texel")
    return names, _PIXEL_TYPES[codes.pop()]


def _listed_channels(data: bytes, file: Path) -> Iterator[tuple[str, int, tuple[int, int]]]:
    """Name, code of the sample type and (x, y) sampling of every channel; a zero byte ends the list."""
    start = 0
    while (end := data.find(b"\0", start)) > start:
        if end + 17 > len(data):
            break
        code, _, x_sampling, y_sampling = struct.unpack_from("<4i", data, end + 1)
        yield data[start:end].decode("latin-1"), code, (x_sampling, y_sampling)
        start = end + 17
    if start + 1 != len(data) or end != start:
        raise damaged(file, "its list of channels is damaged")
