"""The deflate of our own files: a method that the data alone chooses, and a way out for what it would only lengthen."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.imaging import png, tiff
from flatiron_tasks.imaging.deflate import (
    MATCHING,
    RAW,
    RUN_LENGTHS,
    WITH_HEADER,
    chosen,
    deflated,
    sample_bytes,
    stored,
)
from flatiron_tasks.imaging.exr import codec

Encoder = Callable[[npt.NDArray[np.float64]], tuple[bytes, bytes]]

forms = st.sampled_from([RAW, WITH_HEADER])


def run_lengths(data: bytes, form: int) -> bytes:
    """By Python's own zlib."""
    stream = zlib.compressobj(1, zlib.DEFLATED, form, 9, zlib.Z_RLE)
    return stream.compress(data) + stream.flush()


@given(part=st.binary(max_size=200), repeats=st.integers(0, 300), form=forms)
def test_whatever_the_method_any_zlib_inflates_it(part: bytes, repeats: int, form: int) -> None:
    data = part * repeats
    assert zlib.decompress(deflated(data, form=form), form) == data


@given(data=st.binary(max_size=3000), form=forms)
def test_run_lengths_have_the_bytes_of_python_s_own_zlib(data: bytes, form: int) -> None:
    if chosen(data) == RUN_LENGTHS:
        assert deflated(data, form=form) == run_lengths(data, form)


def test_matching_has_the_bytes_that_it_has_everywhere() -> None:
    """One zlib-ng for all processors and systems; another release may write others, which golden files must follow."""
    data = bytes(index * index >> 7 & 0xFF for index in range(20_000)) * 2
    assert chosen(data) == MATCHING
    assert (
        hashlib.sha256(deflated(data)).hexdigest() == "b34a5c682dcf6f5044b3b6c22491746bc1d8dab5d196cb8a65c2cd797ac81844"
    )


def colour_with_noise(height: int, width: int) -> npt.NDArray[np.float64]:
    """(height, width, 4), opaque."""
    y, x, channel = np.ogrid[:height, :width, :4]
    pixels = 0.5 + 0.3 * np.sin(x / 150 + channel) + 0.1 * np.cos(y / 90)
    pixels = pixels + np.random.default_rng(0).normal(0, 0.03, pixels.shape)
    pixels[..., 3] = 1
    return pixels.clip(0, 1)


def grey(pixels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Its first channel in all."""
    result = pixels.copy()
    result[..., 1:3] = pixels[..., :1]
    return result


def png_bytes(pixels: npt.NDArray[np.float64]) -> tuple[bytes, bytes]:
    """A block as the encoder writes it, and what it deflates."""
    data = png.deflated_block((pixels * 255).astype(np.uint8), last=True).data
    return data, zlib.decompress(data, RAW)


def tiff_bytes(pixels: npt.NDArray[np.float64]) -> tuple[bytes, bytes]:
    data = tiff.encoded_strip((pixels * 255).astype(np.uint8))
    return data, zlib.decompress(data)


def layer_bytes(pixels: npt.NDArray[np.float64]) -> tuple[bytes, bytes]:
    data = codec.encode(pixels[:16].astype(np.float16).transpose(2, 0, 1))
    return data, zlib.decompress(data)


every_encoder = pytest.mark.parametrize(
    ("encoder", "form"), [(png_bytes, RAW), (tiff_bytes, WITH_HEADER), (layer_bytes, WITH_HEADER)]
)
every_width = pytest.mark.parametrize("width", [40, 600, 5000])


@every_encoder
@every_width
def test_grey_takes_less_than_0_6_of_run_lengths(encoder: Encoder, form: int, width: int) -> None:
    """However wide: in a layer's chunk the channels of a row lie `width` samples apart."""
    data, plain = encoder(grey(colour_with_noise(64, width)))
    assert len(data) < 0.6 * len(run_lengths(plain, form))


@every_encoder
@every_width
def test_colour_with_noise_stays_with_run_lengths(encoder: Encoder, form: int, width: int) -> None:
    data, plain = encoder(colour_with_noise(64, width))
    assert data == run_lengths(plain, form)


@given(size=st.integers(0, 1 << 32))
def test_a_sample_is_a_small_part_of_long_data(size: int) -> None:
    assert 4096 <= sample_bytes(size) <= max(4096, size / 128)
    assert sample_bytes(size) <= 16384


@pytest.mark.parametrize("size", [1, 65534, 65535, 65536, 200_000])
def test_what_is_stored_is_a_stream_that_is_hardly_longer(size: int) -> None:
    data = bytes(range(256)) * 1000
    stream = stored(data[:size])
    assert zlib.decompress(stream) == data[:size]
    assert len(stream) == 2 + 5 * -(-size // 65535) + size + 4
