"""Baking in the fake runtime: bake properties of a node, bake elements, the OpenEXR writer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from max_submitter.testing.fake_runtime_values import FakeClass, StrictObject, Tape

WriteImage = Callable[["BakedImage"], None]
"""Writes the file of one baked image; a test gives its own."""


@dataclass(frozen=True)
class BakedImage:
    """One image that a render wrote: what it shows, and how."""

    node: str
    element: str
    path: Path
    width: int
    height: int
    channel: int
    padding: int
    material: object
    exr: FakeExrSettings


@dataclass(frozen=True)
class FakeExrSettings:
    """What the OpenEXR writer is set to. Formats: 0 = float, 1 = half; types: 0 = RGBA, 1 = RGB."""

    layer_format: int
    layer_type: int
    compression: int
    scan_lines: bool
    region: bool
    render_elements: bool


class FakeExr:
    """`fopenexr`, with the methods of the MAXScript help, "OpenEXR : BitmapIO"."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.setDefaults()

    def setDefaults(self) -> bool:  # noqa: N802
        """RGB in float, with render elements: what a careless script gets."""
        self._format, self._type, self._compression = 0, 1, 3
        self._scan_lines, self._region, self._render_elements = True, False, True
        return True

    def setAutoAddRenderElements(self, on: bool) -> bool:  # noqa: N802, D102
        self._render_elements = on
        return True

    def setLayerOutputType(self, layer: int, kind: int) -> bool:  # noqa: N802, D102
        self._type = kind
        return layer == 0

    def setLayerOutputFormat(self, layer: int, kind: int) -> bool:  # noqa: N802, D102
        self._tape.add("fopenexr.setLayerOutputFormat", layer, kind)
        self._format = kind
        return layer == 0

    def getLayerOutputFormat(self, layer: int) -> int:  # noqa: N802, D102
        if layer:
            raise RuntimeError("there is no such layer")
        return self._format

    def SetCompression(self, kind: int) -> bool:  # noqa: N802, D102
        self._compression = kind
        return True

    def setSaveScanline(self, on: bool) -> bool:  # noqa: N802, D102
        self._scan_lines = on
        return True

    def setSaveRegion(self, on: bool) -> bool:  # noqa: N802, D102
        self._region = on
        return True

    def settings(self) -> FakeExrSettings:
        """What it is set to; for tests, 3ds Max has nothing of the kind."""
        return FakeExrSettings(
            self._format, self._type, self._compression, self._scan_lines, self._region, self._render_elements
        )


class FakeBakeProperties(StrictObject):
    """`node.INodeBakeProperties`; indices count from 1."""

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape, "INodeBakeProperties", bakeEnabled=False, bakeChannel=3, nDilations=2)
        object.__setattr__(self, "elements", [])

    def addBakeElement(self, element: Any) -> None:  # noqa: N802, D102
        self.elements.append(element)

    def removeAllBakeElements(self) -> None:  # noqa: N802, D102
        self.elements.clear()

    def numBakeElements(self) -> int:  # noqa: N802, D102
        return len(self.elements)

    def getBakeElement(self, index: int) -> Any:  # noqa: N802, D102
        if not 1 <= index <= len(self.elements):
            raise RuntimeError(f"there is no bake element {index}")
        return self.elements[index - 1]

    def effectiveEnable(self) -> bool:  # noqa: N802, D102
        return bool(self.bakeEnabled and self.elements)

    def renderWidth(self) -> int:  # noqa: N802, D102
        return max((size_of(element)[0] for element in self.elements if element.enabled), default=0)

    def renderHeight(self) -> int:  # noqa: N802, D102
        return max((size_of(element)[1] for element in self.elements if element.enabled), default=0)


def bake_element_class(tape: Tape, name: str, **more: Any) -> FakeClass:
    """A class of bake elements with the common properties, and `more` of its own."""
    common = {
        "elementName": name,
        "enabled": True,
        "autoSzOn": True,
        "outputSzX": 256,
        "outputSzY": 256,
        "fileType": "",
        "fileName": "",
        "filenameUnique": False,
        "filterOn": True,
        "targetMapSlotName": "",
    }

    def make(cls: FakeClass) -> Any:
        element = StrictObject(tape, name, **{**common, **more})
        object.__setattr__(element, "max_class", cls)
        return element

    return FakeClass(name, make)


def size_of(element: Any) -> tuple[int, int]:
    """What it is baked at: its own size only without automatic size."""
    return (256, 256) if element.autoSzOn else (element.outputSzX, element.outputSzY)
