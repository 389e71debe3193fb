"""Ready-made fake scenes: a small castle, and one with the objects of a scene file."""

from __future__ import annotations

from pathlib import Path

from max_submitter.testing.fake_files import objects_of
from max_submitter.testing.fake_world import FakeMaterial, FakeObject, FakeWorld


def castle(folder: Path | None = None) -> FakeWorld:
    """Six objects: the group `castle` (four, on two atlases) and two selected ones. Saved if a folder is given."""
    stone, wood = FakeMaterial.standard("Stone"), FakeMaterial.physical("Wood")
    rows = (
        ("Keep", stone, 0, 0),
        ("Gate", wood, 0, 1),
        ("East Tower", FakeMaterial.standard("East"), 1, 0),
        ("West Tower", FakeMaterial.standard("West"), 1, 1),
        ("Wall", FakeMaterial.standard("Plaster"), 0, 2),
        ("Well", FakeMaterial.physical("Water"), 0, 3),
    )
    objects = [
        FakeObject(handle, name, material, {1: square(place)}, map_index)
        for handle, (name, material, map_index, place) in enumerate(rows, start=101)
    ]
    world = FakeWorld(objects, {"castle": [101, 102, 103, 104]}, [105, 106])
    if folder is not None:
        world.path = folder / "castle.max"
        world.path.write_bytes(saved(world))
    return world


def of_file(path: Path) -> FakeWorld:
    """The objects of a `.glb` file as a saved scene, all of them in a group named like the file, none selected."""
    objects = objects_of(path)
    group = {path.stem: [item.handle for item in objects]}
    return FakeWorld(objects, group, path=path, source=path)


def square(place: int, inset: float = 0.02) -> tuple[float, ...]:
    """Two triangles that fill a quarter of the map (0 to 3) but for a gutter."""
    left, bottom = 0.5 * (place % 2) + inset, 0.5 * (place // 2) + inset
    right, top = left + 0.5 - 2 * inset, bottom + 0.5 - 2 * inset
    return (left, bottom, right, bottom, right, top, left, bottom, right, top, left, top)


def saved(world: FakeWorld) -> bytes:
    """What saving writes: the file that the scene came from, or a list of its objects."""
    if world.source is not None:
        return world.source.read_bytes()
    return "".join(f"{item.handle} {item.name}\n" for item in world.objects).encode()
