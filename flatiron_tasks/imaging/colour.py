"""Linear numbers to stored samples: transfer and quantisation.

Integer samples come from exact comparison with thresholds (`transfer`); half values, of which there are 65,536, from a
table of these results.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.quantise import Steps, samples_of, steps_of
from flatiron_tasks.imaging.transfer import thresholds

FloatArray = npt.NDArray[np.floating[Any]]

_FLOATS: dict[str, type[np.floating[Any]]] = {"half": np.float16, "float": np.float32}
_SHIFT = {"uint8": 13, "uint16": 9}  # measured: 650 and 180 million values per second; the tables take 0.25 and 4 MB


def encode(values: FloatArray, sample_type: str, *, srgb: bool) -> npt.NDArray[Any]:
    """Linear values as samples with the sRGB transfer, or none: see `encode_curve`."""
    return encode_curve(values, sample_type, "srgb" if srgb else "linear")


def encode_curve(values: FloatArray, sample_type: str, curve: str) -> npt.NDArray[Any]:
    """Linear values (any shape; half, float32 or float64) as samples of `sample_type`.

    Integers: clamped to 0..1, with the transfer `curve` (see `transfer.CURVES`), rounded half up. Half and float:
    unchanged numbers, clamped to the largest finite one. NaN must not occur (the gate and the layers keep it out).
    """
    if sample_type in _FLOATS:
        return _as_float(values, _FLOATS[sample_type])
    if values.dtype == np.float16:
        bits = np.ascontiguousarray(values).view(np.uint16)
        return np.take(half_table(sample_type, curve), bits)
    samples = np.empty(values.size, np.uint16)
    samples_of(_as_float(values, np.float32).ravel().view(np.uint32), curve_steps(sample_type, curve), samples)
    return samples.reshape(values.shape).astype(sample_type)


def dtype_of(sample_type: str) -> np.dtype[Any]:
    """The numpy type of "uint8", "uint16", "half" or "float"."""
    return np.dtype(_FLOATS.get(sample_type, sample_type))


@lru_cache
def half_table(sample_type: str, curve: str) -> npt.NDArray[Any]:
    """The sample of each of the 65,536 half bit patterns. NaN becomes 0 in integer samples."""
    values = np.arange(65536, dtype=np.uint16).view(np.float16)
    if sample_type in _FLOATS:
        return _as_float(values, _FLOATS[sample_type])
    numbers = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=1.0, neginf=0.0)
    return encode_curve(numbers, sample_type, curve)


@lru_cache
def curve_steps(sample_type: str, curve: str) -> Steps:
    """The thresholds of `curve` for integer samples, searchable."""
    return steps_of(thresholds(sample_type, curve), _SHIFT[sample_type])


def _as_float(values: FloatArray, dtype: type[np.floating[Any]]) -> npt.NDArray[Any]:
    if values.dtype.itemsize > np.dtype(dtype).itemsize:
        limit = np.finfo(dtype).max
        values = np.clip(values, -limit, limit)
    return values.astype(dtype)
