"""Globals of the fake runtime that read and change materials and bitmaps."""

from __future__ import annotations

from typing import Any

from max_submitter.testing.fake_runtime_materials import FakeMaxBitmap, FakeMaxMaterial, parts_of
from max_submitter.testing.fake_runtime_values import FakeArray, FakeClass, FakeName, Tape


class FakeMaps:
    """Part of `FakeArtistRuntime`."""

    tape: Tape
    nodes: list[Any]
    shown: list[Any]

    def bitmaps(self) -> list[FakeMaxBitmap]:
        """Every bitmap that a material of the scene shows."""
        materials = [part for node in self.nodes for part in parts_of(node.material)]
        maps = [
            getattr(item, name)
            for item in materials
            if isinstance(item, FakeMaxMaterial)
            for name in item.slots.values()
        ]
        return list({id(item): item for item in maps if item is not None}.values())

    def copy(self, material: Any) -> Any:  # noqa: D102
        return material.copy()

    def getNumSubTexmaps(self, material: Any) -> int:  # noqa: N802, D102
        return len(material.slots) if isinstance(material, FakeMaxMaterial) else 0

    def getSubTexmapSlotName(self, material: Any, number: int) -> str:  # noqa: N802, D102
        names: list[str] = list(material.slots)
        return names[from_one(number)]

    def getSubTexmap(self, material: Any, number: int) -> Any:  # noqa: N802, D102
        return getattr(material, list(material.slots.values())[from_one(number)])

    def setSubTexmap(self, material: Any, number: int, texture: Any) -> None:  # noqa: N802, D102
        setattr(material, list(material.slots.values())[from_one(number)], texture)

    def showTextureMap(self, material: Any, texture: Any, on: bool) -> None:  # noqa: N802, D102
        if on:
            self.shown.append((material, texture))

    def getPropNames(self, value: Any) -> FakeArray:  # noqa: N802, D102
        return FakeArray([FakeName(name) for name in value._properties])

    def getProperty(self, value: Any, name: str) -> Any:  # noqa: N802, D102
        return getattr(value, str(name))

    def setProperty(self, value: Any, name: str, item: Any) -> None:  # noqa: N802, D102
        setattr(value, str(name), item)

    def getClassInstances(self, max_class: FakeClass) -> FakeArray:  # noqa: N802, D102
        return FakeArray([item for item in self.bitmaps() if item.max_class is max_class])

    def redrawViews(self) -> None:  # noqa: N802, D102
        self.tape.add("redrawViews")

    def freeSceneBitmaps(self) -> None:  # noqa: N802, D102
        self.tape.add("freeSceneBitmaps")
        for item in self.bitmaps():
            item.let_go()

    def dependent_nodes(self, value: Any) -> FakeArray:
        """What `refs.dependentNodes` answers."""
        return FakeArray([node for node in self.nodes if any(part is value for part in parts_of(node.material))])


def from_one(number: int) -> int:
    """An index of a function of MAXScript as Python counts."""
    if number < 1:
        raise RuntimeError(f"array index must be positive, got: {number}")
    return number - 1
