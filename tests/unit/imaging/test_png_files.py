"""The PNG encoder: one valid stream, the same for every cut and thread count, and read like OpenImageIO's own files."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flatiron_tasks.imaging import png
from flatiron_tasks.imaging.image_input import dtype_of
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.texture import OcioTransform, TextureSpec, mark_text
from flatiron_tasks.imaging.write import texture_writer
from tests.unit.imaging.image_examples import MARK, read_samples

Samples = npt.NDArray[Any]


def texture(width: int, height: int, pixel_type: str = "uint8", alpha: bool = True, **changes: Any) -> TextureSpec:
    values = {"kind": "color", "metadata": {"flatiron": MARK}, **changes}
    return TextureSpec(width=width, height=height, file_format="png", pixel_type=pixel_type, alpha=alpha, **values)


def picture(spec: TextureSpec, seed: int = 0) -> Samples:
    """Smooth colours with noise in the left half, one colour in the right, as in a bake."""
    rng = np.random.default_rng(seed)
    dtype = dtype_of(spec.pixel_type)
    y, x, channel = np.ogrid[: spec.height, : spec.width, : spec.channels]
    values = 0.5 + 0.4 * np.sin(x / 50 + channel + y / 70) + rng.normal(0, 0.02, (spec.height, spec.width, 1))
    values[:, spec.width // 2 :] = 0.25
    return (np.clip(values, 0, 1) * np.iinfo(dtype).max).astype(dtype)


def write_png(path: Path, spec: TextureSpec, bands: Sequence[Samples], *, threads: int = 2) -> bytes:
    with Crew(threads) as crew, texture_writer(path, spec, crew=crew) as writer:
        for band in bands:
            writer.write(band)
        writer.commit()
    return path.read_bytes()


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """(type, data) of all chunks; checks the checksum of each."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = [], 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        body = data[at + 4 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(body),)
        found.append((body[:4], body[4:]))
        at += 12 + length
    return found


def inflated(data: bytes) -> bytes:
    """The image data, by Python's zlib, which checks the Adler-32 and that the stream ends with the data."""
    stream = zlib.decompressobj()
    raw = stream.decompress(b"".join(body for kind, body in chunks(data) if kind == b"IDAT"))
    assert stream.eof
    assert not stream.unused_data
    return raw


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 90),
    height=st.integers(1, 200),
    pixel_type=st.sampled_from(["uint8", "uint16"]),
    alpha=st.booleans(),
    cuts=st.lists(st.integers(0, 200), max_size=5),
    threads=st.integers(1, 3),
)
@example(width=1, height=1, pixel_type="uint8", alpha=False, cuts=[], threads=1)
@example(width=7, height=64, pixel_type="uint16", alpha=True, cuts=[64], threads=1)
@example(width=7, height=128, pixel_type="uint8", alpha=True, cuts=[1, 65], threads=2)
def test_any_picture_decodes_exactly_and_has_the_same_bytes_for_all_cuts_and_threads(
    tmp_path_factory: pytest.TempPathFactory,
    width: int,
    height: int,
    pixel_type: str,
    alpha: bool,
    cuts: list[int],
    threads: int,
) -> None:
    out = tmp_path_factory.getbasetemp() / "any.png"
    spec = texture(width, height, pixel_type, alpha)
    samples = picture(spec)
    whole = write_png(out, spec, [samples], threads=1)
    in_parts = np.split(samples, sorted(min(cut, height) for cut in cuts))
    assert write_png(out, spec, in_parts, threads=threads) == whole
    assert np.array_equal(read_samples(out), samples)
    assert len(inflated(whole)) == height * (1 + width * spec.channels * samples.itemsize)


def test_the_stream_is_the_sub_filter_of_every_row(tmp_path: Path) -> None:
    spec = texture(5, 70, "uint16", alpha=False)
    samples = picture(spec)
    rows = np.frombuffer(inflated(write_png(tmp_path / "t.png", spec, [samples])), np.uint8).reshape(70, 1 + 5 * 6)
    assert set(rows[:, 0]) == {1}
    restored = np.cumsum(rows[:, 1:].reshape(70, 5, 6), axis=1, dtype=np.uint8)
    assert restored.tobytes() == samples.astype(">u2").tobytes()


@pytest.mark.parametrize("last", [False, True])
def test_a_block_has_the_bytes_of_python_s_own_zlib(last: bool) -> None:
    """So they depend neither on the release of zlib-ng nor on the processor."""
    spec = texture(300, 64)
    block = png.deflated_block(picture(spec), last=last)
    deflate = zlib.compressobj(1, zlib.DEFLATED, -15, 9, zlib.Z_RLE)
    raw = zlib.decompressobj(-15).decompress(block.data)
    assert block.data == deflate.compress(raw) + deflate.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)
    assert (block.adler, block.length) == (zlib.adler32(raw), len(raw))


@given(first=st.binary(max_size=300), second=st.binary(max_size=300), repeats=st.integers(0, 60))
def test_checksums_join_as_if_the_data_had_been_joined(first: bytes, second: bytes, repeats: int) -> None:
    second *= repeats
    joined = png.joined_adler(zlib.adler32(first), zlib.adler32(second), len(second))
    assert joined == zlib.adler32(first + second)


def openimageio_file(path: Path, spec: TextureSpec, samples: Samples) -> Path:
    """The same texture by OpenImageIO's own PNG writer."""
    image = oiio.ImageSpec(spec.width, spec.height, spec.channels, spec.pixel_type)
    image.attribute("ImageDescription", mark_text(spec.metadata))
    if not spec.srgb:
        image.attribute("oiio:ColorSpace", "lin_rec709_scene")
    if spec.alpha:
        image.attribute("oiio:UnassociatedAlpha", 1)
    output = oiio.ImageOutput.create("png")
    assert output is not None
    assert output.open(str(path), image)
    assert output.write_image(samples)
    assert output.close()
    return path


@pytest.mark.parametrize("kind", ["color", "data", "normal"])
@pytest.mark.parametrize("pixel_type", ["uint8", "uint16"])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_reader_sees_what_it_sees_in_openimageio_s_own_file(
    tmp_path: Path, kind: str, pixel_type: str, alpha: bool
) -> None:
    spec = texture(20, 10, pixel_type, alpha, kind=kind)
    samples = picture(spec)
    write_png(tmp_path / "ours.png", spec, [samples])
    openimageio_file(tmp_path / "theirs.png", spec, samples)
    assert seen(tmp_path / "ours.png") == seen(tmp_path / "theirs.png")


def seen(path: Path) -> tuple[str, bytes]:
    """All that OpenImageIO says about a file, and its pixels as it gives them to programs, premultiplied."""
    image = oiio.ImageInput.open(str(path))
    assert image is not None
    pixels = image.read_image(oiio.FLOAT)
    assert pixels is not None
    return image.spec().to_xml(), pixels.tobytes()


@pytest.mark.parametrize(
    ("transfer", "claimed"),
    [
        ("srgb", "srgb_rec709_scene"),
        ("linear", "lin_rec709_scene"),
        ("rec709", "g24_rec709_display"),
        ("gamma22", "g22_rec709_scene"),
    ],
)
def test_the_file_says_which_transfer_its_colours_have(tmp_path: Path, transfer: str, claimed: str) -> None:
    spec = texture(4, 4, transfer=transfer)
    write_png(tmp_path / "t.png", spec, [picture(spec)])
    assert oiio.ImageBuf(str(tmp_path / "t.png")).spec().get_string_attribute("oiio:ColorSpace") == claimed


def test_colours_that_only_a_configuration_explains_are_not_claimed_to_be_anything(tmp_path: Path) -> None:
    conversion = OcioTransform(config="c.ocio", from_space="a", to_space="b")
    spec = texture(4, 4, transfer="ocio", ocio=conversion)
    kinds = [kind for kind, _ in chunks(write_png(tmp_path / "t.png", spec, [picture(spec)]))]
    assert set(kinds) == {b"IHDR", b"tEXt", b"IDAT", b"IEND"}
