"""Dither is one fixed pattern: right on average, the same in every band, and never on alpha or outside coverage."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.imaging.colour import encode_curve
from flatiron_tasks.imaging.convert import to_samples
from flatiron_tasks.imaging.dither import dither, threshold
from flatiron_tasks.imaging.texture import TextureSpec

SIDE = 128


def spec(**changes: Any) -> TextureSpec:
    values = {"width": SIDE, "height": SIDE, "kind": "color", "file_format": "png", "pixel_type": "uint8"}
    return TextureSpec(**{**values, "alpha": True, "dither": True, **changes})


def flat(value: int, rows: int = SIDE) -> npt.NDArray[np.uint16]:
    return np.full((rows, SIDE, 3), value, np.uint16)


def covered(rows: int = SIDE) -> npt.NDArray[np.bool_]:
    return np.ones((rows, SIDE), np.bool_)


@given(st.integers(0, 65535), st.integers(0, 65535))
def test_the_pattern_is_the_documented_sequence(x: int, y: int) -> None:
    assert threshold(x, y) == ((3242174889 * x + 2447445414 * y) % 2**32) * 65535 // 2**32


def test_the_sequence_has_the_steps_of_the_plastic_number() -> None:
    """Roberts: 1 / p and 1 / p**2, where p is the real root of p**3 = p + 1."""
    plastic = float(max(np.roots([1, 0, -1, -1]).real))
    assert abs(3242174889 - 2**32 / plastic) < 1
    assert abs(2447445414 - 2**32 / plastic**2) < 1


@given(st.integers(0, 65535), st.integers(0, 60000))
def test_every_sample_is_the_floor_of_the_sum(value: int, top: int) -> None:
    narrow = dither(flat(value, 2), covered(2), top)
    for y, x in ((0, 0), (0, 1), (1, SIDE - 1)):
        assert narrow[y, x].tolist() == [(value * 255 + threshold(x, top + y)) // 65535] * 3


@given(st.integers(0, 65535))
def test_the_mean_is_the_value_and_only_neighbouring_samples_occur(value: int) -> None:
    narrow = dither(flat(value), covered(), 0).astype(np.float64)
    assert abs(narrow.mean() - value / 257) < 0.01
    assert narrow.max() - narrow.min() <= 1


@pytest.mark.parametrize("value", [0, 257, 128 * 257, 65535])
def test_values_that_8_bits_hold_exactly_are_not_dithered(value: int) -> None:
    assert (dither(flat(value), covered(), 0) == value // 257).all()


def test_a_band_gets_the_same_samples_as_the_whole_map() -> None:
    values = np.random.default_rng(1).random((4, SIDE, SIDE)).astype(np.float16)
    values[:3] *= values[3]
    whole = to_samples(values, spec(), 0).samples
    for top, end in ((0, 1), (1, 8), (8, 71), (71, SIDE)):
        assert np.array_equal(to_samples(values[:, top:end], spec(), top).samples, whole[top:end])


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_alpha_is_never_dithered(dtype: type[np.floating[Any]]) -> None:
    planes = np.full((4, SIDE, SIDE), 0.3, dtype)
    samples = to_samples(planes, spec(), 0).samples
    assert (samples[..., 3] == encode_curve(planes[3, :1, :1], "uint8", "linear")).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_colour_is_dithered_from_its_16_bit_sample_after_the_transfer(dtype: type[np.floating[Any]]) -> None:
    planes = np.random.default_rng(2).random((4, SIDE, SIDE)).astype(dtype)
    planes[3] = 1
    band = to_samples(planes, spec(alpha=False), 5)
    wide = to_samples(planes, spec(alpha=False, dither=False, pixel_type="uint16"), 5)
    assert band.samples.dtype == np.uint8
    assert np.array_equal(band.samples, dither(wide.samples, wide.covered, 5))
    assert band.colour.base is not None
    assert np.shares_memory(band.colour, band.samples)


@pytest.mark.parametrize(("kind", "background"), [("color", [0, 0, 0]), ("normal", [128, 128, 255])])
def test_the_background_is_never_dithered(kind: str, background: list[int]) -> None:
    samples = to_samples(np.zeros((4, SIDE, SIDE), np.float16), spec(kind=kind), 0).samples
    assert (samples == [*background, 0]).all()
