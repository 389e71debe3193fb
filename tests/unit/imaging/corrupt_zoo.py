"""A zoo of damaged pieces, generated: every specimen is one way in which a file is not what it should be.

`corrupt_zoo_keeper` takes them through the merge; the tests are in `test_corrupt_zoo`.
"""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from tests.unit.imaging.exr_surgery import offsets, put, table_at, value_at
from tests.unit.imaging.image_examples import exr_output, random_pixels, write_exr

FORMS: dict[str, dict[str, Any]] = {
    "none": {"compression": "none"},
    "rle": {"compression": "rle"},
    "zips": {"compression": "zips"},
    "zip": {"compression": "zip"},
    "piz": {"compression": "piz"},
    "tiled": {"compression": "zip", "tile": 16},
}
"""Name -> how the good file is written."""

CHECKED = ("zips", "zip", "tiled")
"""Forms whose pixels carry a checksum (Adler-32 of the deflated data). Of the others only the receipt protects them."""

TRUNCATIONS, FLIPS = 50, 200
WIDTH, HEIGHT, ROWS = 40, 60, (20, 44)
HUGE = 16384
PLAN: dict[str, Any] = {
    "width": WIDTH,
    "height": HEIGHT,
    "row_begin": ROWS[0],
    "row_end": ROWS[1],
    "pixel_type": "half",
}
ONE_CHUNK: dict[str, Any] = {"width": HUGE, "height": 16, "row_begin": 0, "row_end": 16}


@dataclass(frozen=True)
class Specimen:
    """A damaged file.

    `receipt` is the file that the receipt was made from: the specimen itself unless another is given. `reason` is a
    regular expression for why it must be refused; "" allows a file with equal pixels too.
    """

    family: str
    name: str
    data: bytes
    reason: str = ""
    receipt: bytes = b""
    plan: dict[str, Any] = field(default_factory=dict)
    checked: bool = True


def good_pieces(folder: Path) -> dict[str, bytes]:
    """The sound file of every form; all hold the same pixels, in steps so coarse that every chunk is deflated."""
    pixels = np.round(random_pixels(ROWS[1] - ROWS[0], 30, seed=5) * 4) / np.float16(4)
    pixels[pixels[..., 3] == 0] = 0
    return {
        form: write_exr(folder / "good.exr", pixels, x=5, y=ROWS[0], display=(WIDTH, HEIGHT), **how).read_bytes()
        for form, how in FORMS.items()
    }


def specimens(good: dict[str, bytes], folder: Path) -> Iterator[Specimen]:
    """The whole zoo."""
    for form, data in good.items():
        yield from truncated(form, data)
        yield from flipped(form, data)
    yield from swapped(good["zip"], folder)
    yield from no_images(folder)
    yield from other_images(folder)
    yield from header_lies(good["zip"])
    yield from chunk_lies(good)
    yield from huge_claims(good)


def truncated(form: str, data: bytes) -> Iterator[Specimen]:
    """Cut at even distances and at every chunk's border, with a receipt of the whole and one of the rest."""
    lengths = {len(data) * part // TRUNCATIONS for part in range(TRUNCATIONS)} | {len(data) - 1}
    for length in sorted(lengths | {offset + step for offset in offsets(data) for step in (0, 8)}):
        cut, name = data[:length], f"{form} at {length}"
        yield Specimen("truncated", name, cut, r"its receipt says \d+ bytes, the file has only", receipt=data)
        yield Specimen("truncated", f"{name}, own receipt", cut, ".")


def flipped(form: str, data: bytes) -> Iterator[Specimen]:
    """One bit wrong, with a receipt of the sound file and with one of the damaged file."""
    where = random.Random(form)
    first = min(offsets(data)) + 8
    for position in where.sample(range(len(data)), FLIPS):
        bit = where.randrange(8)
        bad = data[:position] + bytes([data[position] ^ 1 << bit]) + data[position + 1 :]
        name = f"{form} byte {position} bit {bit}"
        yield Specimen("flipped", name, bad, "its receipt says a SHA-256", receipt=data)
        checked = form in CHECKED or position < first
        yield Specimen("flipped", f"{name}, own receipt", bad, checked=checked)


def swapped(good: bytes, folder: Path) -> Iterator[Specimen]:
    """Another piece's file in this one's place."""
    pixels = random_pixels(16, 30, seed=6)
    strip = write_exr(folder / "s.exr", pixels, x=5, y=44, display=(WIDTH, HEIGHT)).read_bytes()
    twin = write_exr(folder / "s.exr", random_pixels(24, 30, seed=7), x=5, y=20, display=(WIDTH, HEIGHT)).read_bytes()
    yield Specimen("swapped", "another strip with its receipt", strip, "data window")
    yield Specimen("swapped", "another strip with this receipt", strip, "its receipt says", receipt=good)
    yield Specimen("swapped", "another element with this receipt", twin, "its receipt says", receipt=good)
    yield Specimen("swapped", "two files in one", good + strip, "follows")
    yield Specimen("swapped", "two files in one, this receipt", good + strip, "the file has more", receipt=good)


def no_images(folder: Path) -> Iterator[Specimen]:
    """What is no OpenEXR file at all."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("piece.exr", b"\0" * 100)
    magic = struct.pack("<iI", 20000630, 2)
    contents = {
        "empty": b"",
        "one byte": b"v",
        "text": b"Error: licence not found\n" * 40,
        "zeros": bytes(4096),
        "noise": random.Random(1).randbytes(4096),
        "an archive": archive.getvalue(),
        "magic number alone": magic,
        "magic number and zeros": magic + bytes(4096),
        "magic number and noise": magic + random.Random(2).randbytes(4096),
        "a name without end": magic + b"a" * 5000,
    }
    for name, data in contents.items():
        yield Specimen("no image", name, data, ".")
    pixels = (random_pixels(HEIGHT, WIDTH, seed=8) * np.float16(255)).astype(np.uint8)
    for extension in ("png", "tif", "tga", "jpg"):
        yield Specimen("no image", extension, foreign(folder / f"f.{extension}", pixels), "OpenEXR")


def foreign(path: Path, pixels: Any) -> bytes:
    """The pixels as a file of another format."""
    buffer = oiio.ImageBuf(np.ascontiguousarray(pixels[..., :3]))
    assert buffer.write(str(path)), buffer.geterror()
    return path.read_bytes()


def other_images(folder: Path) -> Iterator[Specimen]:
    """Sound OpenEXR files that are not this piece."""
    pixels = random_pixels(24, 30, seed=9)
    ones = np.ones((24, 30, 6), np.float16)
    place: dict[str, Any] = {"x": 5, "y": 20, "display": (WIDTH, HEIGHT)}
    for names in ("RGB", "RGBZ", "RGBAZ", "YA", "Y", "rgba"):
        data = write_exr(folder / "o.exr", ones[..., : len(names)], channels=tuple(names), **place).read_bytes()
        yield Specimen("wrong channels", names, data, "channels")
    layered = ("a.R", "a.G", "a.B", "a.A")
    data = write_exr(folder / "o.exr", pixels, channels=layered, **place).read_bytes()
    yield Specimen("wrong channels", "of a layer", data, "channels")
    windows = {
        "another map": ({**place, "display": (41, 60)}, "display window"),
        "left of the map": ({**place, "x": -1}, "data window"),
        "right of the map": ({**place, "x": 11}, "data window"),
        "above the strip": ({**place, "y": 19}, "data window"),
        "below the strip": ({**place, "y": 21}, "data window"),
    }
    for name, (window, reason) in windows.items():
        yield Specimen("wrong size", name, write_exr(folder / "o.exr", pixels, **window).read_bytes(), reason)
    wide = write_exr(folder / "o.exr", pixels.astype(np.float32), **place).read_bytes()
    yield Specimen("wrong size", "float instead of half", wide, "float")
    yield Specimen("wrong size", "several parts", several_parts(folder / "o.exr", pixels), "several parts|multi-part")


def several_parts(path: Path, pixels: Any) -> bytes:
    """A file of two parts, each of which would pass."""
    spec = oiio.ImageSpec(30, 24, 4, "half")
    spec.x, spec.y, spec.full_width, spec.full_height = 5, 20, WIDTH, HEIGHT
    output = exr_output()
    assert output.open(str(path), (spec, spec))
    assert output.write_image(pixels)
    assert output.open(str(path), spec, "AppendSubimage")
    assert output.write_image(pixels)
    assert output.close()
    return path.read_bytes()


def header_lies(good: bytes) -> Iterator[Specimen]:
    """Headers that say something else than the file holds."""
    window = value_at(good, "dataWindow", "box2i")
    display = value_at(good, "displayWindow", "box2i")
    listed = value_at(good, "channels", "chlist")
    size_of_list = listed - 4
    bodies = {
        "more rows": put(good, window, struct.pack("<4i", 5, 20, 34, 51)),
        "fewer rows": put(good, window, struct.pack("<4i", 5, 20, 34, 35)),
        "more columns": put(good, window, struct.pack("<4i", 5, 20, 39, 43)),
        "fewer columns": put(good, window, struct.pack("<4i", 5, 20, 20, 43)),
        "moved down": put(good, window, struct.pack("<4i", 5, 30, 34, 53)),
        "inside out": put(good, window, struct.pack("<4i", 34, 43, 5, 20)),
        "display inside out": put(good, display, struct.pack("<4i", 39, 59, 0, 0)),
        "window as wide as numbers go": put(good, window, struct.pack("<4i", -(2**31), 0, 2**31 - 1, 43)),
        "display as wide as numbers go": put(good, display, struct.pack("<4i", -(2**31), -(2**31), 2**31 - 1, 59)),
        "window of 2^31 texels a side": put(good, window, struct.pack("<4i", 0, 0, 2**31 - 2, 2**31 - 2)),
        "another compression": put(good, value_at(good, "compression", "compression"), b"\x02"),
        "unknown line order": put(good, value_at(good, "lineOrder", "lineOrder"), b"\x07"),
        "float instead of half": put(good, listed + 2, struct.pack("<i", 2)),
        "unknown sample type": put(good, listed + 2, struct.pack("<i", 9)),
        "two channels of one name": put(good, listed + 18, b"A"),
        "subsampled": put(good, listed + 10, struct.pack("<2i", 2, 2)),
        "sampled every 0 texels": put(good, listed + 10, struct.pack("<2i", 0, 0)),
        "an attribute of 2 GiB": put(good, size_of_list, struct.pack("<i", 2**31 - 1)),
        "an attribute of -1 bytes": put(good, size_of_list, struct.pack("<i", -1)),
        "a list of channels without end": put(good, size_of_list, struct.pack("<i", 18)),
        "no data window": good.replace(b"dataWindow", b"dataWindoX"),
        "a deep file by its version": put(good, 4, struct.pack("<I", 2 | 0x800)),
        "a tiled file by its version": put(good, 4, struct.pack("<I", 2 | 0x200)),
        "another version": put(good, 4, struct.pack("<I", 3)),
    }
    for name, data in bodies.items():
        yield Specimen("header lies", name, data, ".")
    # OpenEXR takes an unknown code for ZIP; what it decodes then still has to have the checksums of ZIP.
    unknown = put(good, value_at(good, "compression", "compression"), b"\x63")
    yield Specimen("header lies", "unknown compression", unknown)


def chunk_lies(good: dict[str, bytes]) -> Iterator[Specimen]:
    """Offset tables and chunks that are not what the header promises."""
    for form in ("none", "zips", "zip"):
        yield from table_lies(form, good[form])
    payloads = {
        "bomb": bomb(),
        "too short": zlib.compress(bytes(100)),
        "too long": zlib.compress(bytes(16 * HUGE * 8 + 1)),
        "something behind it": zlib.compress(bytes(16 * HUGE * 8)) + b"!",
        "no end": zlib.compress(bytes(16 * HUGE * 8))[:-1],
        "no deflate": b"\xff" * 50,
        "nothing": b"",
    }
    for name, payload in payloads.items():
        yield Specimen("chunk lies", f"payload: {name}", one_chunk(good["zip"], payload), ".", plan=ONE_CHUNK)


def bomb() -> bytes:
    """A quarter of a gibibyte, deflated; small enough to be the payload of one chunk of `ONE_CHUNK`."""
    deflate = zlib.compressobj(9)
    return b"".join([*(deflate.compress(bytes(1 << 20)) for _ in range(256)), deflate.flush()])


def one_chunk(good: bytes, payload: bytes) -> bytes:
    """A file of one chunk of 16 rows, as wide as `ONE_CHUNK` plans."""
    head = good[: table_at(good)]
    window = struct.pack("<4i", 0, 0, HUGE - 1, 15)
    for name in ("dataWindow", "displayWindow"):
        head = put(head, value_at(head, name, "box2i"), window)
    return head + struct.pack("<Qii", len(head) + 8, 0, len(payload)) + payload


def table_lies(form: str, data: bytes) -> Iterator[Specimen]:
    at, found = table_at(data), offsets(data)
    first, second, last = found[0], found[1], found[-1]
    end = at + 8 * len(found)
    lies = {
        "never finished": put(data, at, bytes(8 * len(found))),
        "a missing row": put(data, at + 8, bytes(8)),
        "a missing last row": put(data, end - 8, bytes(8))[:last],
        "a row twice": put(data, at + 8, struct.pack("<Q", first)),
        "an offset beyond the file": put(data, at + 8, struct.pack("<Q", 2**63)),
        "an offset into the header": put(data, at, struct.pack("<Q", 8)),
        "two rows exchanged in the table": put(data, at, struct.pack("<2Q", second, first)),
        "a chunk of another row": put(data, second, struct.pack("<i", 43)),
        "a chunk of row -1": put(data, second, struct.pack("<i", -1)),
        "a chunk of 2 GiB": put(data, second + 4, struct.pack("<i", 2**31 - 1)),
        "a chunk of -1 bytes": put(data, second + 4, struct.pack("<i", -1)),
        "a chunk of 0 bytes": put(data, last + 4, bytes(4))[: last + 8],
        "bytes behind the last chunk": data + b"!",
    }
    for name, lie in lies.items():
        yield Specimen("chunk lies", f"{form}: {name}", lie, ".")


def huge_claims(good: dict[str, bytes]) -> Iterator[Specimen]:
    """Small files that claim to be a whole map of 16384 texels a side, which the plan believes too."""
    plan = {"width": HUGE, "height": HUGE, "row_begin": 0, "row_end": HUGE}
    whole = struct.pack("<4i", 0, 0, HUGE - 1, HUGE - 1)
    for form, data in good.items():
        claim = put(data, value_at(data, "dataWindow", "box2i"), whole)
        claim = put(claim, value_at(claim, "displayWindow", "box2i"), whole)
        yield Specimen("huge claims", form, claim, ".", plan=plan)
        if form == "tiled":
            tiles = put(claim, value_at(claim, "tiles", "tiledesc"), struct.pack("<2I", HUGE, HUGE))
            yield Specimen("huge claims", "one tile", tiles, ".", plan=plan)
