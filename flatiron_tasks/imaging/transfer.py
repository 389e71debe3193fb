"""Transfers, each as the exact table of thresholds at which the stored sample changes.

The sample of a value is the number of thresholds that are not above it; threshold k is the linear value at which the
encoded one reaches k - 1/2. So every input type gives the correctly rounded sample, and no power function runs per
texel. Thresholds are rounded up to float32: equal on every machine whatever its `pow`, and exact for half and float32
input.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Curve = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]

TOP_LEVEL = {"uint8": 255, "uint16": 65535}
"""The sample of 1.0, of the integer sample types."""


def _linear(encoded: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return encoded


def _srgb(encoded: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """IEC 61966-2-1: slope 12.92 up to 0.0031308, then a power of 1 / 2.4."""
    return np.where(encoded <= 12.92 * 0.0031308, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _rec709(encoded: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """ITU-R BT.709-6 item 1.2: slope 4.5 below 0.018, then a power of 0.45. The curve jumps a little at 0.018."""
    power = ((encoded + 0.099) / 1.099) ** (1.0 / 0.45)
    return np.where(encoded < 4.5 * 0.018, encoded / 4.5, np.maximum(power, 0.018))


def _gamma22(encoded: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(encoded**2.2)


_DECODE: dict[str, Curve] = {"linear": _linear, "srgb": _srgb, "rec709": _rec709, "gamma22": _gamma22}
CURVES = tuple(_DECODE)


@lru_cache
def thresholds(sample_type: str, curve: str) -> npt.NDArray[np.float32]:
    """The smallest float32 linear value of each sample above 0, ascending: 255 ("uint8") or 65,535 ("uint16")."""
    top = TOP_LEVEL[sample_type]
    linear = _DECODE[curve]((np.arange(1, top + 1) - 0.5) / top)
    rounded = linear.astype(np.float32)
    return np.where(rounded < linear, np.nextafter(rounded, np.float32(np.inf)), rounded)
