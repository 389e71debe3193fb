"""Planes: how pixels travel inside the merge.

One array (4, rows, width), C-contiguous, float16 or float32, in the order R, G, B, A: premultiplied, linear, and 0 in
all channels wherever alpha is 0. OpenEXR stores rows of channels, so planes are what decoding gives without shuffling,
and compiled loops run along whole rows of one channel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Planes = npt.NDArray[np.floating[Any]]
Bits = npt.NDArray[np.signedinteger[Any]]

_BITS: dict[int, np.dtype[np.signedinteger[Any]]] = {2: np.dtype(np.int16), 4: np.dtype(np.int32)}


def bits_of(planes: Planes) -> Bits:
    """The same memory as signed integers of the same size: a bit pattern is above 0 exactly where its value is."""
    return planes.view(_BITS[planes.dtype.itemsize])
