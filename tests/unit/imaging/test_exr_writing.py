"""What the writer writes, others read to the bit, and the bytes depend on the pixels alone."""

from __future__ import annotations

import io
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.imaging.exr.codec import encode
from flatiron_tasks.imaging.exr.header import Box
from flatiron_tasks.imaging.exr.writer import ExrWriter
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.planes import Planes
from tests.unit.imaging.exr_examples import DTYPES, any_bits, own_exr, read_exr, same_bits, smooth_planes


def opened(folder: Path, data: bytes) -> oiio.ImageInput:
    path = folder / "own.exr"
    path.write_bytes(data)
    image = oiio.ImageInput.open(str(path))
    assert image is not None, oiio.geterror()
    return image


def read_elsewhere(image: oiio.ImageInput) -> Planes:
    pixels: Any = image.read_image(0, 0, 0, 4, image.spec().format)
    assert pixels is not None, image.geterror()
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


@pytest.mark.parametrize("pixel_type", ["half", "float"])
@pytest.mark.parametrize(("rows", "width"), [(1, 1), (16, 7), (17, 64), (50, 33)])
@pytest.mark.parametrize("make", [any_bits, smooth_planes])
def test_openimageio_reads_it_to_the_bit(tmp_path: Path, make: Any, rows: int, width: int, pixel_type: str) -> None:
    planes = make(rows, width, pixel_type)
    image = opened(tmp_path, own_exr(planes, x=3, y=32))
    assert same_bits(read_elsewhere(image), planes)


def test_windows_texts_and_form_are_what_was_asked_for(tmp_path: Path) -> None:
    spec = opened(tmp_path, own_exr(smooth_planes(20, 9), x=3, y=32, attributes={"comments": "a mark;"})).spec()
    assert (spec.x, spec.y, spec.width, spec.height) == (3, 32, 9, 20)
    assert (spec.full_x, spec.full_y, spec.full_width, spec.full_height) == (0, 0, 4000, 3000)
    assert spec.channelnames == ("R", "G", "B", "A")
    assert (str(spec.format), spec["compression"], spec["ImageDescription"]) == ("half", "zip", "a mark;")


@given(
    rows=st.integers(1, 40),
    width=st.integers(1, 40),
    pixel_type=st.sampled_from(["half", "float"]),
    kept=st.floats(0, 1),
    seed=st.integers(0, 9),
)
def test_the_reader_returns_what_was_written(rows: int, width: int, pixel_type: str, kept: float, seed: int) -> None:
    planes = any_bits(rows, width, pixel_type, seed=seed).copy()
    planes[:, np.random.default_rng(seed).random((rows, width)) > kept] = 0
    data = own_exr(planes, x=-5, y=7)
    header, found = read_exr(data)
    assert same_bits(found, planes)
    assert header.data == Box(-5, 7, width - 5, rows + 7)
    assert own_exr(found, x=-5, y=7) == data


def test_bytes_do_not_depend_on_threads_or_time() -> None:
    planes = smooth_planes(160, 50)
    chunks = [planes[:, top : top + 16] for top in range(0, 160, 16)]
    with Crew(4) as crew:
        payloads = list(crew.in_order(partial(encode, chunk) for chunk in chunks))
    assert payloads == [encode(chunk) for chunk in chunks]
    assert b"Date" not in own_exr(planes)


@pytest.mark.parametrize("pixel_type", ["half", "float"])
def test_the_bytes_are_those_of_any_zlib(pixel_type: str) -> None:
    """Noise: no deflate search is involved whose result could depend on the library's version or the processor."""
    planes = smooth_planes(16, 999, pixel_type)
    planes += np.random.default_rng(1).normal(0, 0.05, planes.shape).astype(planes.dtype)
    planes[:, :, 300:] = 0
    payload = encode(planes)
    deflate = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    assert payload == deflate.compress(zlib.decompress(payload)) + deflate.flush()


def test_what_deflate_would_lengthen_is_stored_as_it_is() -> None:
    noise = any_bits(16, 64)
    assert encode(noise) == noise[::-1].transpose(1, 0, 2).tobytes()
    assert len(encode(np.zeros_like(noise))) < noise.nbytes // 64


def writer(file: io.BytesIO, **attributes: str) -> ExrWriter:
    window = Box(0, 0, 8, 40)
    return ExrWriter(file, display=window, data=window, pixel_type="half", attributes=attributes)


def test_a_file_with_missing_or_too_many_chunks_cannot_be_finished() -> None:
    for count in (0, 2, 4):
        unfinished = writer(io.BytesIO())
        for _ in range(count):
            unfinished.append(b"rows")
        with pytest.raises(BadInputError, match=f"3 chunks got {count}"):
            unfinished.finish()


@pytest.mark.parametrize(("rows", "width", "pixel_type"), [(16, 9, "half"), (15, 8, "half"), (16, 8, "float")])
def test_samples_that_are_no_chunk_of_the_file_are_refused(rows: int, width: int, pixel_type: str) -> None:
    with pytest.raises(BadInputError, match="no chunk of this file"):
        writer(io.BytesIO()).encode(np.zeros((4, rows, width), DTYPES[pixel_type]))


@pytest.mark.parametrize("name", ["", "dataWindow", "a" * 32, "zero\0", "é"])
def test_a_name_that_would_break_the_header_is_refused(name: str) -> None:
    with pytest.raises(BadInputError):
        writer(io.BytesIO(), **{name: "text"})
