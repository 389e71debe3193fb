"""Bake one node task: objects in order, bands of rows, batches of texels, then one file per output.

The result for a texel depends on the scene, the options and the size of the output alone: any split by objects and
rows gives the same bits. Where objects of one task overlap in the texture, the first in the task's order wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from pathlib import Path

import numpy as np
import numpy.typing as npt

from flatiron_tasks.contracts.errors import ContractError
from flatiron_tasks.contracts.node_task import NodeTask, TaskOutput
from workers.reference_renderer.canvas import Canvas
from workers.reference_renderer.elements import find_element
from workers.reference_renderer.exr import write_exr
from workers.reference_renderer.lighting import Illuminator, Needs
from workers.reference_renderer.lights import rig_for
from workers.reference_renderer.options import RenderOptions, read_options
from workers.reference_renderer.progress import Progress
from workers.reference_renderer.rasteriser import Coverage, TexelBox, UvRasteriser
from workers.reference_renderer.sampling import TexelRandom
from workers.reference_renderer.scene import Scene, SceneObject, load_scene
from workers.reference_renderer.world import World

_TEXELS_PER_BAND = 1 << 17
_TEXELS_PER_BATCH = 1 << 14


def bake_task(task: NodeTask) -> None:
    """Bake all outputs of a task. Raises BadInputError before any work, ShareError or RenderError later."""
    options = read_options(task.options)
    for output in task.outputs:
        find_element(output.element)
    scene = load_scene(Path(task.scene))
    objects = [scene.bakeable(item.name, item.uv_channel) for item in task.objects]
    groups = [_OutputGroup(objects, outputs) for outputs in _of_equal_shape(task.outputs)]
    progress = Progress(sum(group.units for group in groups))
    baker = _Baker(scene, options, progress)
    for group in groups:
        baker.bake(group)


def _of_equal_shape(outputs: Sequence[TaskOutput]) -> list[list[TaskOutput]]:
    """Outputs that share their texels, so that rays can serve all of them."""
    groups: dict[tuple[int, int, int, int], list[TaskOutput]] = {}
    for output in outputs:
        key = output.width, output.height, output.row_begin, output.row_end
        groups.setdefault(key, []).append(output)
    return list(groups.values())


class _OutputGroup:
    """Outputs of equal size and rows, with their canvases."""

    def __init__(self, objects: Sequence[SceneObject], outputs: Sequence[TaskOutput]) -> None:
        first = outputs[0]
        self.width, self.height = first.width, first.height
        self.outputs = outputs
        self.objects = [(item, _rasteriser(item, self.width, self.height)) for item in objects]
        boxes = [rasteriser.box().rows(first.row_begin, first.row_end) for _, rasteriser in self.objects]
        self.box = _union([box for box in boxes if min(box.shape) > 0], first.row_begin)
        self.elements = [find_element(output.element) for output in outputs]
        self.canvases = [Canvas(self.box, output.pixel_type) for output in outputs]
        self._taken: npt.NDArray[np.bool_] = np.zeros(self.box.shape, dtype=np.bool_)
        self._band = max(1, _TEXELS_PER_BAND // self.width)
        self.units = sum(1 for _ in self.bands()) * len(objects)

    @property
    def needs(self) -> Needs:
        """What all elements together need."""
        return reduce(or_, (item.needs for item in self.elements), Needs.NOTHING)

    def bands(self) -> Iterator[tuple[int, int]]:
        """Bands of rows, small enough to be rasterised at once."""
        for begin in range(self.box.row_begin, self.box.row_end, self._band):
            yield begin, min(begin + self._band, self.box.row_end)

    def claim(self, texels: Coverage) -> Coverage:
        """The texels that no earlier object has; they are taken from now on."""
        rows, columns = texels.rows - self.box.row_begin, texels.columns - self.box.column_begin
        free = ~self._taken[rows, columns]
        self._taken[rows[free], columns[free]] = True
        return texels.take(free)

    def write(self) -> None:
        """Write every output to its path."""
        for output, canvas in zip(self.outputs, self.canvases, strict=True):
            pixels, column, row = canvas.cropped(output.row_begin)
            path = Path(output.path)
            write_exr(path, pixels, column=column, row=row, width=output.width, height=output.height)


class _Baker:
    """Bakes groups of outputs in one world."""

    def __init__(self, scene: Scene, options: RenderOptions, progress: Progress) -> None:
        self._world = World(scene)
        self._illuminator = Illuminator(self._world, rig_for(self._world.half_extent), options)
        self._seed = options.seed
        self._progress = progress

    def bake(self, group: _OutputGroup) -> None:
        """Bake and write one group."""
        for item, rasteriser in group.objects:
            first_triangle = self._world.first_triangle(item)
            for begin, end in group.bands():
                self._bake_texels(group, group.claim(rasteriser.cover(begin, end)), first_triangle)
                self._progress.finish_unit()
        group.write()

    def _bake_texels(self, group: _OutputGroup, texels: Coverage, first_triangle: int) -> None:
        count = len(texels.rows)
        for start in range(0, count, _TEXELS_PER_BATCH):
            self._progress.within(start / count)
            batch = texels.take(slice(start, start + _TEXELS_PER_BATCH))
            self._shade(group, batch, first_triangle)

    def _shade(self, group: _OutputGroup, batch: Coverage, first_triangle: int) -> None:
        surface = self._world.surface(batch.triangles + first_triangle, batch.weights)
        random = TexelRandom((batch.rows * group.width + batch.columns).astype(np.uint32), self._seed)
        illumination = self._illuminator.illuminate(surface, random, group.needs)
        for item, canvas in zip(group.elements, group.canvases, strict=True):
            canvas.put(batch, item.shade(surface, illumination))


def _rasteriser(item: SceneObject, width: int, height: int) -> UvRasteriser:
    if item.uv is None:  # `Scene.bakeable` has refused it; said again for the type checker
        raise ContractError(f"Object {item.name!r} has no texture coordinates.")
    return UvRasteriser(item.uv, width, height)


def _union(boxes: Sequence[TexelBox], row: int) -> TexelBox:
    """The smallest box around all; an empty one without any."""
    if not boxes:
        return TexelBox(0, 0, row, row)
    return TexelBox(
        min(box.column_begin for box in boxes),
        max(box.column_end for box in boxes),
        min(box.row_begin for box in boxes),
        max(box.row_end for box in boxes),
    )
