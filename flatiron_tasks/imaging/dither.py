"""From 16-bit colour to 8 bits with an ordered dither that is the same on every machine, in every band, in every run.

A texel at map column x and row y (0, 0 is the upper left) has the threshold

    t(x, y) = (((3242174889 * x + 2447445414 * y) mod 2**32) * 65535) >> 32        0 <= t <= 65534

which is the R2 sequence of Martin Roberts ("The Unreasonable Effectiveness of Quasirandom Sequences", 2018: multiples
of 1 / p and 1 / p**2, with p**3 = p + 1) in 32-bit integers. A 16-bit sample s becomes floor((s * 255 + t) / 65535):
its mean over many texels is s / 257, black stays black and white stays white. The three channels share t, so that grey
stays grey.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.compiled import compiled

_ACROSS = 3242174889  # 2**32 / p
_DOWN = 2447445414  # 2**32 / p**2
_MASK = 0xFFFFFFFF


def dither(samples: npt.NDArray[np.uint16], covered: npt.NDArray[np.bool_], top: int) -> npt.NDArray[np.uint8]:
    """8-bit samples from `samples` (rows, width, 3 or 4), whose first row is row `top` of the map.

    The colour of `covered` texels (rows, width) is dithered from 16 bits. Alpha, and the colour of all other texels,
    are 8-bit samples already and stay what they are.
    """
    narrow = np.empty(samples.shape, np.uint8)
    _dither_texels(samples, covered, top, narrow)
    return narrow


@compiled
def threshold(x: int, y: int) -> int:
    """t(x, y) of the module docstring: 0 to 65,534."""
    return (((_ACROSS * x + _DOWN * y) & _MASK) * 65535) >> 32


@compiled
def _dither_texels(
    samples: npt.NDArray[np.uint16], covered: npt.NDArray[np.bool_], top: int, narrow: npt.NDArray[np.uint8]
) -> None:
    for y in range(samples.shape[0]):
        for x in range(samples.shape[1]):
            step = threshold(x, top + y) if covered[y, x] else 0
            for channel in range(samples.shape[2]):
                sample = int(samples[y, x, channel])
                if channel < 3 and covered[y, x]:
                    sample = (sample * 255 + step) // 65535
                narrow[y, x, channel] = sample
