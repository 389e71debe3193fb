"""From a job description to passes, strips, expected pieces and textures. Pure; standard library only, as nodes run it.

Order is part of the plan: passes by frame, map, object; textures by element, map, frame (as `job.desc` lists them);
farm tasks by pass, then strip, numbered from 1. Where objects overlap, the order of their passes decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from flatiron_tasks.contracts import job_hashes, naming
from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.contracts.job import BakeObject, Element, JobDescription
from flatiron_tasks.contracts.merge_files import UvMask


@dataclass(frozen=True)
class Pass:
    """One render of one object (Multi Pass) or of all objects of a map (Single Pass)."""

    index: int
    map_index: int
    frame: int
    objects: tuple[BakeObject, ...]

    @property
    def key(self) -> tuple[int, int]:
        """Map index and frame: what it shares with the textures it gives a layer."""
        return self.map_index, self.frame

    @property
    def label(self) -> str:
        """What people call it."""
        return self.objects[0].name if len(self.objects) == 1 else f"map {self.map_index}"


@dataclass(frozen=True)
class ExpectedPiece:
    """One image file that a node must write. Rows are texels of the whole map, the last one excluded."""

    pass_index: int
    strip: int
    element_index: int
    row_begin: int
    row_end: int

    @property
    def stem(self) -> str:
        """First part of its file name, the same for every attempt."""
        return naming.piece_stem(self.pass_index, self.strip, self.element_index)


@dataclass(frozen=True)
class Texture:
    """One final file, and the passes that give it a layer, in plan order."""

    index: int
    element_index: int
    map_index: int
    frame: int
    file_name: str
    passes: tuple[int, ...]


@dataclass(frozen=True)
class FarmTask:
    """One row of the farm job."""

    number: int
    pass_index: int
    strip: int


class Plan:
    """Everything a job description implies. Two plans of equal descriptions are equal in every part."""

    def __init__(self, description: JobDescription) -> None:
        self.job = description

    @cached_property
    def passes(self) -> tuple[Pass, ...]:
        """All passes in plan order."""
        groups = [
            (map_index, frame, objects)
            for frame in self._frames
            for map_index in range(self.job.map_count)
            for objects in self._objects_per_pass(map_index)
        ]
        return tuple(Pass(index, *group) for index, group in enumerate(groups))

    @cached_property
    def textures(self) -> tuple[Texture, ...]:
        """All textures in plan order."""
        names = iter(placeholder.file_name for placeholder in self.job.placeholders)
        keys = [
            (element, map_index, frame)
            for element in range(len(self.job.elements))
            for map_index in range(self.job.map_count)
            for frame in self._frames
        ]
        return tuple(Texture(i, *key, next(names), self._passes_by_key[key[1:]]) for i, key in enumerate(keys))

    @cached_property
    def tasks(self) -> tuple[FarmTask, ...]:
        """All farm tasks; the one with number N is at N - 1."""
        pairs = [(item.index, strip) for item in self.passes for strip in range(self.job.strips)]
        return tuple(FarmTask(number, *pair) for number, pair in enumerate(pairs, start=1))

    @cached_property
    def hash(self) -> str:
        """Hash that ties receipts to this plan."""
        return job_hashes.plan_hash(self.job)

    def task(self, number: int) -> FarmTask:
        """The farm task with this number. Raises BadInputError."""
        if not 1 <= number <= len(self.tasks):
            raise BadInputError(f"Job {self.job.job_id} has no task {number}.", why=f"It has {len(self.tasks)} tasks.")
        return self.tasks[number - 1]

    def pieces(self, pass_index: int) -> Iterator[ExpectedPiece]:
        """Every piece that a pass must yield: by strip, then element."""
        for strip in range(self.job.strips):
            yield from self.pieces_of_strip(pass_index, strip)

    def pieces_of_strip(self, pass_index: int, strip: int) -> Iterator[ExpectedPiece]:
        """The pieces of one farm task, by element."""
        for index, element in enumerate(self.job.elements):
            begin, end = strip_rows(element.height, self.job.strips, strip)
            yield ExpectedPiece(pass_index, strip, index, begin, end)

    def uv_mask(self, piece: ExpectedPiece) -> UvMask | None:
        """The mask that a piece is cut with: that of its pass's object, for the size of its element."""
        element = self.job.elements[piece.element_index]
        key = self.passes[piece.pass_index].objects[0].name, element.width, element.height
        return self._masks.get(key)

    def element(self, texture: Texture) -> Element:
        """The element that a texture shows."""
        return self.job.elements[texture.element_index]

    def texture_hash(self, texture: Texture) -> str:
        """What the pixels of a texture depend on."""
        return job_hashes.texture_hash(self.job, self.element(texture), texture.map_index, texture.frame)

    @property
    def _frames(self) -> range:
        return range(self.job.frames.first, self.job.frames.last + 1)

    def _objects_per_pass(self, map_index: int) -> list[tuple[BakeObject, ...]]:
        members = tuple(item for item in self.job.objects if item.map_index == map_index)
        return [members] if self.job.mode == "single" else [(item,) for item in members]

    @cached_property
    def _masks(self) -> dict[tuple[str, int, int], UvMask]:
        """By object and size; only Multi Pass has masks, so that a pass has one object."""
        return {(self.job.objects[mask.object].name, *mask.map_size): mask for mask in self.job.masks}

    @cached_property
    def _passes_by_key(self) -> dict[tuple[int, int], tuple[int, ...]]:
        return {key: tuple(item.index for item in group) for key, group in groupby(self.passes, lambda item: item.key)}


def strip_rows(height: int, strips: int, strip: int) -> tuple[int, int]:
    """Rows [begin, end) of a strip: the job fixes the grid, strips differ by one row at most."""
    return height * strip // strips, height * (strip + 1) // strips
