"""The bake jobs of a chaos run: small, many, and of few shapes, so that the right textures are known for each.

A shape is drawn from the seed. What differs between two jobs of one shape is name, artist and folders, nothing that a
texture depends on.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flatiron_tasks.contracts.elements import extension
from flatiron_tasks.contracts.job import BakeObject, Element, FarmTarget, Padding, Renderer
from max_submitter.request import BakeRequest

RENDERER = "chaos"
ARTISTS = ("ada", "brook", "chen")
SCENE = b"A scene for a renderer that opens none.\n"
_ELEMENTS = (("CompleteMap", "color"), ("AmbientOcclusion", "data"), ("HeightMap", "data"))
_FORMATS = (("png", "uint8"), ("png", "uint16"), ("exr", "half"), ("tiff", "uint8"), ("tiff", "float"))
_SIDES = (32, 48, 64, 96, 128)
_MOST_PASSES = 4


@dataclass(frozen=True)
class Shape:
    """What the textures of a job depend on. `objects` counts those of every map."""

    number: int
    mode: str
    objects: int
    maps: int
    strips: int
    width: int
    height: int
    elements: tuple[tuple[str, str, str, str], ...]
    """(name, kind, file format, pixel type)"""

    @property
    def tasks(self) -> int:
        """How many farm tasks it has."""
        return self.maps * self.strips * (self.objects if self.mode == "multi" else 1)

    @property
    def texture_names(self) -> tuple[str, ...]:
        """File names, element by element, then by map."""
        endings = [f"_{index}" for index in range(self.maps)] if self.maps > 1 else [""]
        return tuple(
            f"{name}{ending}{extension(file_format)}" for name, _, file_format, _ in self.elements for ending in endings
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for whoever must not share code with this."""
        return {**vars(self), "texture_names": list(self.texture_names)}


def draw_shapes(seed: int, count: int) -> tuple[Shape, ...]:
    """As many shapes, Single Pass and Multi Pass in turn."""
    draw = random.Random(f"shapes {seed}")  # noqa: S311 - a repeatable draw, not a secret
    return tuple(_draw(number, draw) for number in range(count))


def shape_of(job: int, shapes: tuple[Shape, ...]) -> Shape:
    """The shape of the job with this number."""
    return shapes[job % len(shapes)]


def is_doomed(job: int) -> bool:
    """Whether no node has the renderer of this job: it must fail and say so."""
    return job % 40 == 39


def _draw(number: int, draw: random.Random) -> Shape:
    mode = ("single", "multi")[number % 2]
    objects = draw.choice((1, 2, 2, 3)) if mode == "single" else draw.choice((1, 1, 2, 3))
    maps = draw.choice((1, 1, 1, 2)) if mode == "single" or objects == 1 else 1
    passes = maps * (objects if mode == "multi" else 1)
    strips = draw.choice((1, 1, 2)) if passes * 2 <= _MOST_PASSES else 1
    chosen = draw.sample(_ELEMENTS, draw.randint(1, 3))
    elements = tuple((*element, *draw.choice(_FORMATS)) for element in chosen)
    return Shape(number, mode, objects, maps, strips, draw.choice(_SIDES), draw.choice(_SIDES), elements)


def bake_request(
    shape: Shape, *, job: int, scene: Path, output: Path, network: Path, manager: tuple[str, int]
) -> BakeRequest:
    """The request of one job. `manager` is host and port."""
    return BakeRequest(
        job_name=f"chaos {job:05d} shape {shape.number}",
        group="",
        mode=shape.mode,
        scene=scene,
        copy_scene=True,
        renderer=Renderer("absent" if is_doomed(job) else RENDERER, {}),
        objects=tuple(
            BakeObject(f"Map{index}.{number}of{shape.objects}", index, 1)
            for index in range(shape.maps)
            for number in range(shape.objects)
        ),
        elements=tuple(_element(shape, *element) for element in shape.elements),
        output_folder=output,
        network_folder=network,
        farm=FarmTarget(*manager, 50, "", 1),
        map_count=shape.maps,
        strips=shape.strips,
        piece_type="float" if any(item[3] == "float" for item in shape.elements) else "half",
        padding=Padding(2, fill_all=False, wrap=False),
        artist=ARTISTS[job % len(ARTISTS)],
        software="flatiron chaos",
    )


def _element(shape: Shape, name: str, kind: str, file_format: str, pixel_type: str) -> Element:
    size = shape.width, shape.height
    return Element(name, kind, name, file_format, pixel_type, True, *size, "", "auto", False)
