"""Linear numbers to stored samples: sRGB transfer and quantisation, by exact comparison with thresholds.

The sample of a value is the number of thresholds that are not above it; threshold k is the linear value at which the
encoded one reaches k - 1/2. So every input type gives the correctly rounded sample, and no power function runs per
texel. Thresholds are rounded up to float32: equal on every machine whatever its `pow`, and exact for half and float32
input.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]

# IEC 61966-2-1: slope and end of the linear part, exponent and offset of the rest.
_SLOPE = 12.92
_LINEAR_END = 0.0031308
_GAMMA = 2.4
_OFFSET = 0.055

_TOP_LEVEL = {"uint8": 255, "uint16": 65535}


def encode(values: FloatArray, sample_type: str, *, srgb: bool) -> npt.NDArray[Any]:
    """Linear values (any shape; half, float32 or float64) as samples of `sample_type`.

    Integers: clamped to 0..1, with the sRGB transfer if `srgb`, rounded half up. Half and float: unchanged numbers,
    clamped to the largest finite one. NaN must not occur (the gate and the layers keep it out).
    """
    if sample_type not in _TOP_LEVEL:
        return _as_float(values, np.float16 if sample_type == "half" else np.float32)
    if values.dtype == np.float16:
        bits = np.ascontiguousarray(values).view(np.uint16)
        return np.take(_half_table(sample_type, srgb), bits)
    return _quantise(_as_float(values, np.float32), sample_type, srgb=srgb)


def _as_float(values: FloatArray, dtype: type[np.floating[Any]]) -> npt.NDArray[Any]:
    if values.dtype.itemsize > np.dtype(dtype).itemsize:
        limit = np.finfo(dtype).max
        values = np.clip(values, -limit, limit)
    return values.astype(dtype)


def _quantise(values: npt.NDArray[np.float32], sample_type: str, *, srgb: bool) -> npt.NDArray[Any]:
    """Round float32 values exactly to integer samples."""
    dtype = np.dtype(sample_type)
    if srgb:
        return np.searchsorted(srgb_thresholds(sample_type), values, side="right").astype(dtype)
    # A float32 times 65535 is exact in float64, so this rounds once.
    scaled = np.clip(values, 0.0, 1.0).astype(np.float64) * _TOP_LEVEL[sample_type]
    return np.floor(scaled + 0.5).astype(dtype)


@lru_cache
def _half_table(sample_type: str, srgb: bool) -> npt.NDArray[Any]:
    """The sample of each of the 65,536 half bit patterns."""
    values = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)
    return _quantise(np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=0.0), sample_type, srgb=srgb)


@lru_cache
def srgb_thresholds(sample_type: str) -> npt.NDArray[np.float32]:
    """The smallest float32 linear value of each sample above 0, ascending: 255 or 65,535 values."""
    top = _TOP_LEVEL[sample_type]
    encoded = (np.arange(1, top + 1) - 0.5) / top
    linear = np.where(
        encoded <= _SLOPE * _LINEAR_END, encoded / _SLOPE, ((encoded + _OFFSET) / (1.0 + _OFFSET)) ** _GAMMA
    )
    rounded = linear.astype(np.float32)
    return np.where(rounded < linear, np.nextafter(rounded, np.float32(np.inf)), rounded)
