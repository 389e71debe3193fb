"""Which two objects of an atlas lie on the same texels, or too close. Pure: coverage in, pairs out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from max_submitter.preflight.coverage import Coverage
from max_submitter.scene.facts import SceneObject


@dataclass(frozen=True)
class Pair:
    """Two objects of one atlas."""

    first: SceneObject
    second: SceneObject
    cells: int
    """Cells of the raster that both cover (or that one covers and the other comes too close to)."""


def overlapping_pairs(
    objects: Sequence[SceneObject], coverage: Mapping[int, Coverage], is_cancelled: Callable[[], bool]
) -> list[Pair]:
    """Pairs that cover the same cells, in plan order of the second object."""
    return _pairs(objects, coverage, lambda own: own, is_cancelled)


def close_pairs(
    objects: Sequence[SceneObject],
    coverage: Mapping[int, Coverage],
    distance: float,
    is_cancelled: Callable[[], bool],
) -> list[Pair]:
    """Pairs whose covered cells come within `distance` cells, without those that cover the same cells."""
    overlapping = {
        (pair.first.handle, pair.second.handle) for pair in overlapping_pairs(objects, coverage, is_cancelled)
    }
    close = _pairs(objects, coverage, lambda own: own.dilated(distance), is_cancelled)
    return [pair for pair in close if (pair.first.handle, pair.second.handle) not in overlapping]


def _pairs(
    objects: Sequence[SceneObject],
    coverage: Mapping[int, Coverage],
    reach: Callable[[Coverage], Coverage],
    is_cancelled: Callable[[], bool],
) -> list[Pair]:
    """Compare each object with all before it at once, and only where that hits, with each of them."""
    found: list[Pair] = []
    taken: dict[int, int] = {}
    earlier: list[tuple[SceneObject, Coverage]] = []
    for item in objects:
        own = coverage.get(item.handle)
        if own is None or is_cancelled():
            continue
        wide = reach(own) if earlier else own
        if any(bits & taken.get(y, 0) for y, bits in wide.rows.items()):
            found += [Pair(one, item, cells) for one, other in earlier if (cells := wide.common(other))]
        for y, bits in own.rows.items():
            taken[y] = taken.get(y, 0) | bits
        earlier.append((item, own))
    return found
