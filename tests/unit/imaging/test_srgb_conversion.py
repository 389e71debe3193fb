"""Linear values become the correctly rounded samples, on every machine the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.imaging.colour import encode
from flatiron_tasks.imaging.transfer import thresholds

TOP = {"uint8": 255, "uint16": 65535}


def formula(linear: Any, top: int) -> Any:
    """IEC 61966-2-1 in float64, rounded half up."""
    value = np.clip(np.asarray(linear, np.float64), 0, 1)
    encoded = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.floor(encoded * top + 0.5)


@pytest.mark.parametrize("sample_type", ["uint8", "uint16"])
def test_every_half_value_matches_the_formula(sample_type: str) -> None:
    values = np.arange(65536, dtype=np.uint16).view(np.float16)
    values = values[np.isfinite(values)]
    encoded = encode(values, sample_type, srgb=True)
    assert encoded.dtype == sample_type
    assert np.array_equal(encoded, formula(values, TOP[sample_type]))


@pytest.mark.parametrize("sample_type", ["uint8", "uint16"])
def test_random_float_values_match_the_formula(sample_type: str) -> None:
    values = np.random.default_rng(0).random(200_000).astype(np.float32) * np.float32(1.1) - np.float32(0.05)
    assert np.array_equal(encode(values, sample_type, srgb=True), formula(values, TOP[sample_type]))


@pytest.mark.parametrize("sample_type", ["uint8", "uint16"])
def test_each_sample_changes_exactly_at_its_threshold(sample_type: str) -> None:
    limits = thresholds(sample_type, "srgb")
    assert (np.diff(limits) > 0).all()
    assert np.array_equal(encode(limits, sample_type, srgb=True), np.arange(1, TOP[sample_type] + 1))
    below = np.nextafter(limits, np.float32(0))
    assert np.array_equal(encode(below, sample_type, srgb=True), np.arange(TOP[sample_type]))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_known_values(dtype: type) -> None:
    values: npt.NDArray[Any] = np.array([-1, 0, 0.5, 1, 7], dtype)
    assert encode(values, "uint8", srgb=True).tolist() == [0, 0, 188, 255, 255]
    assert encode(values, "uint8", srgb=False).tolist() == [0, 0, 128, 255, 255]
    assert encode(values, "uint16", srgb=False).tolist() == [0, 0, 32768, 65535, 65535]


@pytest.mark.parametrize("sample_type", ["uint8", "uint16"])
def test_linear_half_values_match_the_formula(sample_type: str) -> None:
    values = np.arange(65536, dtype=np.uint16).view(np.float16)
    values = values[np.isfinite(values)]
    expected = np.floor(np.clip(values.astype(np.float64), 0, 1) * TOP[sample_type] + 0.5)
    assert np.array_equal(encode(values, sample_type, srgb=False), expected)


@given(st.floats(-65504, 65504, width=16), st.sampled_from(["uint8", "uint16"]), st.booleans())
def test_half_float_and_double_input_agree(value: float, sample_type: str, srgb: bool) -> None:
    samples = {
        int(encode(np.array([value], dtype), sample_type, srgb=srgb)[0])
        for dtype in (np.float16, np.float32, np.float64)
    }
    assert len(samples) == 1


def test_float_formats_keep_numbers_and_never_become_infinite() -> None:
    values = np.array([1e30, -1e30, 0.1, -2], np.float32)
    assert encode(values, "float", srgb=False).tobytes() == values.tobytes()
    assert encode(values, "half", srgb=False).tolist() == [65504, -65504, np.float16(0.1), -2]
    assert np.isfinite(encode(np.array([1e300]), "float", srgb=False)).all()
    assert encode(np.array([1e300]), "uint8", srgb=True).tolist() == [255]
