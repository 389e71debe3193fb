"""Padding alone, with scipy's exact distance transform of the whole map: one thread."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import distance_transform_edt

from tests.benchmarks.contenders.images import read_samples
from tests.benchmarks.worker import Contender, Request


def prepare(request: Request) -> Contender:
    """Read the unpadded texture."""
    if request.reference is None:
        raise ValueError("padding needs an unpadded texture")
    samples = read_samples(request.reference)
    covered = samples[..., 3] > 0

    def run() -> Mapping[str, float]:
        distance, (rows, columns) = distance_transform_edt(~covered, return_indices=True)
        near = (distance > 0) & (distance <= request.padding)
        samples[near, :3] = samples[rows[near], columns[near], :3]
        return {"filled": int(np.count_nonzero(near))}

    return run
