"""Decoders for the files that chaos jobs deliver: PNG, TIFF and OpenEXR as far as they are used. Written for checking.

Everything comes as float64 (height, width, 4), integers scaled to 0..1. Raises ValueError for anything else.
Sources: PNG specification (W3C, 3rd edition); TIFF 6.0 with Adobe's technical note 3 for floating-point prediction;
"OpenEXR File Layout".
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.float64]


def decode(data: bytes) -> Picture:
    """The picture in a file, told by its first bytes."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _png(data)
    if data[:4] == b"II*\0":
        return _tiff(data)
    if data[:4] == b"\x76\x2f\x31\x01":
        return _exr(data)
    raise ValueError("an unknown format")


def _png(data: bytes) -> Picture:
    chunks = list(_png_chunks(data))
    width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", dict(chunks)[b"IHDR"])
    if colour != 6 or depth not in (8, 16):
        raise ValueError(f"PNG of colour type {colour}, depth {depth}")
    raw = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    step = 4 * depth // 8
    rows, before = [], bytes(width * step)
    for y in range(height):
        begin = y * (width * step + 1)
        before = _unfiltered(raw[begin], bytearray(raw[begin + 1 : begin + 1 + width * step]), before, step)
        rows.append(before)
    samples = np.frombuffer(b"".join(rows), ">u2" if depth == 16 else "u1")
    picture: Picture = samples.reshape(height, width, 4).astype(np.float64) / (2.0**depth - 1)
    return picture


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        if zlib.crc32(kind + body) != struct.unpack_from(">I", data, at + 8 + length)[0]:
            raise ValueError(f"PNG chunk {kind!r} has a wrong checksum")
        yield kind, body
        at += 12 + length


def _unfiltered(kind: int, row: bytearray, before: bytes, step: int) -> bytes:
    for i in range(len(row)):
        a, b = row[i - step] if i >= step else 0, before[i]
        c = before[i - step] if i >= step else 0
        row[i] = (row[i] + (0, a, b, (a + b) // 2, _paeth(a, b, c))[kind]) & 0xFF
    return bytes(row)


def _paeth(a: int, b: int, c: int) -> int:
    nearest = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))
    return nearest[2]


def _tiff(data: bytes) -> Picture:
    tags = _tiff_tags(data)
    width, height, depth = tags[256][0], tags[257][0], tags[258][0]
    if tags[259] != (8,) or tags[277] != (4,) or tags.get(284, (1,)) != (1,):
        raise ValueError("TIFF that is not deflated or not RGBA")
    rows_per_strip, rows = tags[278][0], []
    for number, (offset, size) in enumerate(zip(tags[273], tags[279], strict=True)):
        raw = zlib.decompress(data[offset : offset + size])
        count = min(rows_per_strip, height - number * rows_per_strip)
        rows.append(_unpredicted(raw, count, width, depth, tags.get(317, (1,))[0]))
    picture = np.concatenate(rows)
    return picture.astype(np.float64) / (1.0 if depth == 32 else 2.0**depth - 1)


def _unpredicted(raw: bytes, rows: int, width: int, depth: int, predictor: int) -> npt.NDArray[np.generic]:
    if predictor == 3:
        planes = np.frombuffer(raw, "u1").reshape(rows, -1).copy()
        grouped = planes.reshape(rows, -1, 4).cumsum(axis=1, dtype="u1").reshape(rows, 4, width * 4)
        return grouped[:, ::-1].transpose(0, 2, 1).copy().view("<f4").reshape(rows, width, 4)
    samples = np.frombuffer(raw, {8: "u1", 16: "<u2", 32: "<f4" if predictor == 1 else "<u4"}[depth])
    shaped = samples.reshape(rows, width, 4)
    if predictor == 2:
        shaped = shaped.cumsum(axis=1, dtype=shaped.dtype)
    return shaped.view("<f4") if depth == 32 and predictor == 2 else shaped


def _tiff_tags(data: bytes) -> dict[int, tuple[int, ...]]:
    (at,) = struct.unpack_from("<I", data, 4)
    tags = {}
    for number in range(struct.unpack_from("<H", data, at)[0]):
        place = at + 2 + 12 * number
        tag, kind, count = struct.unpack_from("<HHI", data, place)
        code = {3: "H", 4: "I"}.get(kind)
        if code:
            inside = count * struct.calcsize(code) <= 4
            where = place + 8 if inside else struct.unpack_from("<I", data, place + 8)[0]
            tags[tag] = struct.unpack_from(f"<{count}{code}", data, where)
    return tags


def _exr(data: bytes) -> Picture:
    header, at = _exr_header(data)
    x0, y0, x1, y1 = struct.unpack("<4i", header["dataWindow"])
    width, height = x1 - x0 + 1, y1 - y0 + 1
    dtype = {1: "<f2", 2: "<f4"}[struct.unpack_from("<i", header["channels"], 2)[0]]
    per_chunk = {0: 1, 2: 1, 3: 16}[header["compression"][0]]
    row_size = width * 4 * np.dtype(dtype).itemsize
    rows: list[npt.NDArray[np.generic]] = []
    for (offset,) in struct.iter_unpack("<Q", data[at : at + 8 * -(-height // per_chunk)]):
        y, size = struct.unpack_from("<ii", data, offset)
        count = min(per_chunk, y1 - y + 1)
        raw = data[offset + 8 : offset + 8 + size]
        raw = raw if size == count * row_size else _exr_unzipped(raw)
        rows.extend(np.frombuffer(raw, dtype).reshape(count, 4, width)[:, ::-1].transpose(0, 2, 1))
    return np.stack(rows).astype(np.float64)  # stored A, B, G, R


def _exr_header(data: bytes) -> tuple[dict[str, bytes], int]:
    at, header = 8, {}
    while data[at]:
        name_end = data.index(0, at)
        kind_end = data.index(0, name_end + 1)
        (size,) = struct.unpack_from("<i", data, kind_end + 1)
        header[data[at:name_end].decode()] = data[kind_end + 5 : kind_end + 5 + size]
        at = kind_end + 5 + size
    return header, at + 1


def _exr_unzipped(packed: bytes) -> bytes:
    steps = np.frombuffer(zlib.decompress(packed), "u1").astype(np.int64)
    steps[1:] -= 128
    plain = (steps.cumsum() & 0xFF).astype("u1")
    half = (len(plain) + 1) // 2
    mixed = np.empty_like(plain)
    mixed[0::2], mixed[1::2] = plain[:half], plain[half:]
    return mixed.tobytes()
