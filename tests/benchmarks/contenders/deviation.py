"""How far a contender's result is from ours, where it matters: in fully covered texels. Not timed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.benchmarks.contenders.images import read_samples
from tests.benchmarks.worker import Contender, Request

_BLOCK_ROWS = 256
_SAME = 2
"""Steps of 255 within which two colours are the same: converters round differently."""


def prepare(request: Request) -> Contender:
    """Compare `request.out` with `request.reference`."""
    if request.reference is None:
        raise ValueError("nothing to compare with")
    ours, theirs = read_samples(request.reference), read_samples(request.out)

    def run() -> Mapping[str, float]:
        return deviation(ours, theirs)

    return run


def deviation(ours: npt.NDArray[np.uint8], theirs: npt.NDArray[Any]) -> Mapping[str, float]:
    """Greatest difference, in steps of 255, of opaque texels and of the colour of partly covered ones; the share of
    our padded texels that have our colour; 1 if everything is identical.

    `ours` (h, w, 4) uint8; `theirs` must have the same shape and type, otherwise everything differs.
    """
    if theirs.shape != ours.shape or theirs.dtype != ours.dtype:
        return {"opaque": 255, "edges": 255, "padded_same": 0, "identical": 0}
    opaque = edges = same = padded = 0
    for top in range(0, len(ours), _BLOCK_ROWS):
        block = np.s_[top : top + _BLOCK_ROWS]
        difference = np.abs(ours[block].astype(np.int16) - theirs[block])
        alpha = ours[block][..., 3]
        worst = difference[..., :3].max(axis=-1)
        opaque = max(opaque, int(difference[alpha == 255].max(initial=0)))
        edges = max(edges, int(worst[(alpha > 0) & (alpha < 255)].max(initial=0)))
        padding = (alpha == 0) & ours[block][..., :3].any(axis=-1)
        padded += int(np.count_nonzero(padding))
        same += int(np.count_nonzero(padding & (worst <= _SAME)))
    identical = int(np.array_equal(ours, theirs))
    return {"opaque": opaque, "edges": edges, "padded_same": same / max(padded, 1), "identical": identical}
