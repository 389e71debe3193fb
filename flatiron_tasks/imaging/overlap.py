"""Tally of real overlaps: texels that two objects both claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.exr.header import Box

OVERLAP_TOLERANCE = 1 / 16
"""How much coverage a later object may lose in a texel before the texel counts as an overlap.

Two objects that share a border texel add up to 1, but each coverage is sampled: a texel's worth of sampling noise is no
fault of the unwrap. An overlap of surfaces has texels that lose all of their coverage.
"""


@dataclass(frozen=True)
class Overlap:
    """Texels in which `second` lost coverage to objects before it; `first` is the first object that covered them."""

    first: str
    second: str
    texels: int
    box: Box


class OverlapTally:
    """Adds up overlaps band by band; the sum does not depend on the bands."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int], tuple[int, Box]] = {}

    def add(self, first: npt.NDArray[Any], second: int, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> None:
        """Count the texels (`x`, `y`) of the map in which layer `second` was cut; `first` were there before (n,)."""
        for index in np.unique(first):
            mine = first == index
            box = Box(int(x[mine].min()), int(y[mine].min()), int(x[mine].max()) + 1, int(y[mine].max()) + 1)
            self._merge((int(index), second), int(np.count_nonzero(mine)), box)

    def include(self, other: OverlapTally) -> None:
        """Take over what another tally found in other rows."""
        for pair, (texels, box) in other._found.items():
            self._merge(pair, texels, box)

    def _merge(self, pair: tuple[int, int], texels: int, box: Box) -> None:
        before, known = self._found.get(pair, (0, box))
        lows, highs = map(min, known[:2], box[:2]), map(max, known[2:], box[2:])
        left, top, right, bottom = (*lows, *highs)
        self._found[pair] = (before + texels, Box(left, top, right, bottom))

    def report(self, labels: Sequence[str]) -> tuple[Overlap, ...]:
        """All overlaps in plan order; `labels` are the layers' names."""
        return tuple(
            Overlap(labels[first], labels[second], texels, box)
            for (first, second), (texels, box) in sorted(self._found.items())
        )
