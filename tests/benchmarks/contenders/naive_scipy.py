"""The naive merge, padded with scipy's exact distance transform instead of dilation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from tests.benchmarks.contenders.naive import Floats, contender
from tests.benchmarks.worker import Contender, Request


def prepare(request: Request) -> Contender:
    """Nothing to warm up."""
    return contender(request, _pad)


def _pad(image: Floats, covered: npt.NDArray[np.bool_], reach: int) -> None:
    distance, (rows, columns) = distance_transform_edt(~covered, return_indices=True)
    near = (distance > 0) & (distance <= reach)
    image[near, :3] = image[rows[near], columns[near], :3]
