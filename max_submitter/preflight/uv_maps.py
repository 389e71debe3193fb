"""Which atlases are looked at, and the coverage of their objects on a raster that is small enough for pure Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from max_submitter.preflight.coverage import Coverage
from max_submitter.preflight.inputs import PreflightInput, maps_of
from max_submitter.scene.facts import SceneObject

USUAL_CELLS: Final = 1024
MOST_CELLS: Final = 4096
"""Cells of the raster along its longest side. A texture larger than the raster is looked at in scale: small gaps may
be missed, none is made up. The raster is finer than usual where only that shows gutters of twice the padding."""
_SLICE: Final = 6 * 200
"""Numbers (6 per triangle) between two looks at whether more is wanted."""


@dataclass(frozen=True)
class UvMap:
    """One atlas of one group."""

    group: str
    map_index: int
    objects: tuple[SceneObject, ...]

    @property
    def label(self) -> str:
        """What people call it, for the end of a sentence."""
        return f'map {self.map_index} of "{self.group}"' if self.group else f"map {self.map_index} of the selection"


@dataclass(frozen=True)
class Raster:
    """The grid on which UVs are looked at: the smallest texture, where gutters are narrowest, perhaps in scale."""

    width: int
    height: int
    texels_per_cell: float
    texture: str
    """Size of that texture, for people."""


def raster_for(given: PreflightInput) -> Raster:
    """The raster for these settings. There must be an element."""
    smallest = min(given.elements, key=lambda element: (max(element.width, element.height), element.width))
    longest = max(smallest.width, smallest.height)
    two_cells_per_gutter = longest // max(1, given.settings.padding)
    scale = min(1.0, min(MOST_CELLS, max(USUAL_CELLS, two_cells_per_gutter)) / longest)
    width, height = (max(1, round(side * scale)) for side in (smallest.width, smallest.height))
    return Raster(width, height, 1 / scale, f"{smallest.width}x{smallest.height}")


def maps_to_check(given: PreflightInput) -> tuple[UvMap, ...]:
    """Every atlas with the objects whose UVs are known; none before the UVs are gathered or without an element."""
    if not given.scene.has_uvs or not given.elements:
        return ()
    return tuple(
        UvMap(group.name, index, tuple(item for item in objects if item.handle in given.scene.uvs))
        for group in given.scene.groups
        for index, objects in maps_of(group).items()
    )


def coverage_of(
    maps: tuple[UvMap, ...], given: PreflightInput, is_cancelled: Callable[[], bool]
) -> dict[int, Coverage]:
    """Handle -> coverage of every object of these atlases; ends early once cancelled."""
    found: dict[int, Coverage] = {}
    if not maps:
        return found
    raster = raster_for(given)
    for handle in {item.handle: None for uv_map in maps for item in uv_map.objects}:
        if is_cancelled():
            break
        found[handle] = Coverage(raster.width, raster.height)
        _fill(found[handle], given.scene.uvs[handle].corners, is_cancelled)
    return found


def _fill(coverage: Coverage, corners: Sequence[float], is_cancelled: Callable[[], bool]) -> None:
    """Ends early when all is covered: on a channel that was never unwrapped, often each face fills the whole map."""
    for begin in range(0, len(corners), _SLICE):
        if is_cancelled() or coverage.is_full:
            return
        coverage.add(corners[begin : begin + _SLICE])
