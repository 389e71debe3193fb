"""Padding alone, ours: exact, in bands with their halos, one thread."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.padding import pad_rows
from tests.benchmarks.contenders.images import read_samples
from tests.benchmarks.worker import Contender, Request

_BAND_ROWS = 64


def prepare(request: Request) -> Contender:
    """Read the unpadded texture, and pad a corner of it, so that compiled code is loaded."""
    if request.reference is None:
        raise ValueError("padding needs an unpadded texture")
    samples = read_samples(request.reference)
    covered = samples[..., 3] > 0
    corner = np.s_[: 4 * request.padding, : 4 * request.padding]
    _pad(samples[corner].copy(), covered[corner].copy(), request.padding)

    def run() -> Mapping[str, float]:
        return {"filled": _pad(samples, covered, request.padding)}

    return run


def _pad(samples: npt.NDArray[np.uint8], covered: npt.NDArray[np.bool_], reach: int) -> int:
    """Bands are padded in place: padded texels of one band stay uncovered for the next."""
    height, filled = len(samples), 0
    for top in range(0, height, _BAND_ROWS):
        end = min(top + _BAND_ROWS, height)
        first, last = max(top - reach, 0), min(end + reach, height)
        filled += pad_rows(
            samples[first:last, :, :3],
            covered[first:last],
            first=top - first,
            rows=end - top,
            reach=reach,
            wrap=False,
            open_rows=np.ones(end - top, np.bool_),
        )
    return filled
