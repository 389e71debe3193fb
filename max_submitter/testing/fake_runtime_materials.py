"""Materials and bitmaps of the fake runtime: slots as 3ds Max names them, copies as deep as there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from max_submitter.testing.fake_runtime_undo import UndoableObject, UndoLog
from max_submitter.testing.fake_runtime_values import FakeClass, StrictObject, Tape
from max_submitter.testing.fake_world import content_of

STANDARD: Mapping[str, str] = {
    "Ambient Color": "ambientMap",
    "Diffuse Color": "diffuseMap",
    "Specular Color": "specularMap",
    "Self-Illumination": "selfIllumMap",
    "Opacity": "opacityMap",
    "Bump": "bumpMap",
}
PHYSICAL: Mapping[str, str] = {
    "Base Weight": "base_weight_map",
    "Base Color": "base_color_map",
    "Roughness": "roughness_map",
    "Metalness": "metalness_map",
    "Emission Color": "emit_color_map",
    "Bump Map": "bump_map",
}


class FakeMaxClass(FakeClass):
    """A class whose constructor takes properties, as `BitmapTexture(filename=…)`."""

    def __init__(self, name: str, make: Callable[[FakeMaxClass], Any]) -> None:
        super().__init__(name, lambda _: make(self))

    def __call__(self, **properties: Any) -> Any:  # noqa: D102
        made = super().__call__()
        for name, value in properties.items():
            setattr(made, name, value)
        return made


class FakeSwitches:
    """`mapEnables` of a Standard material."""

    def __init__(self, log: UndoLog, count: int) -> None:
        self._log = log
        self.items = [False] * count

    def __getitem__(self, index: int) -> bool:
        return self.items[index]

    def __setitem__(self, index: int, on: bool) -> None:
        before = self.items[index]
        self.items[index] = on
        self._log.note(lambda: self.items.__setitem__(index, before))


class FakeMaxMaterial(UndoableObject):
    """A material with slots: slot name -> property that holds its map."""

    def __init__(
        self, tape: Tape, log: UndoLog, max_class: FakeClass, slots: Mapping[str, str], **properties: Any
    ) -> None:
        maps = dict.fromkeys(slots.values())
        super().__init__(tape, log, max_class.name, max_class, name=max_class.name, **maps, **properties)
        object.__setattr__(self, "slots", dict(slots))

    def copy(self) -> FakeMaxMaterial:
        """A copy with copies of its maps."""
        made: FakeMaxMaterial = self.max_class()
        for name, value in self._properties.items():
            if isinstance(value, FakeSwitches):
                made.mapEnables.items[:] = value.items
            else:
                setattr(made, name, value.copy() if isinstance(value, FakeMaxBitmap) else value)
        return made


class FakeMaxShell(UndoableObject):
    """A Shell material; as 3ds Max makes it, it renders and shows its baked side."""

    def __init__(self, tape: Tape, log: UndoLog, max_class: FakeClass) -> None:
        sides = {"originalMaterial": None, "bakedMaterial": None, "renderMtlIndex": 1, "viewportMtlIndex": 1}
        super().__init__(tape, log, "Shell_Material", max_class, name="Shell", **sides)

    def copy(self) -> FakeMaxShell:
        """A copy with copies of both sides."""
        made: FakeMaxShell = self.max_class()
        for name, value in self._properties.items():
            setattr(made, name, value.copy() if isinstance(value, UndoableObject) else value)
        return made


class FakeMaxMulti(UndoableObject):
    """A Multi/Sub-Object material."""

    def __init__(self, tape: Tape, log: UndoLog, max_class: FakeClass) -> None:
        super().__init__(tape, log, "MultiMaterial", max_class, name="Multi", materialList=[])

    def copy(self) -> FakeMaxMulti:
        """A copy with copies of its sub-materials."""
        made: FakeMaxMulti = self.max_class()
        made.name = self.name
        made.materialList = [part and part.copy() for part in self.materialList]
        return made


class FakeMaxBitmap(UndoableObject):
    """A bitmap texture, or one of a renderer; `content` is what it has read (SHA-256)."""

    content: str
    reads: int
    is_loaded: bool

    def __init__(self, tape: Tape, log: UndoLog, max_class: FakeClass, path_property: str) -> None:
        coords = StrictObject(tape, "coords", mapChannel=1)
        super().__init__(tape, log, max_class.name, max_class, name="Map", coords=coords, **{path_property: ""})
        self._put(path_property=path_property, content="", reads=0, is_loaded=False)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == self.path_property:
            self._read()

    def copy(self) -> FakeMaxBitmap:
        """A second one that shows the same file."""
        made: FakeMaxBitmap = self.max_class()
        made.name = self.name
        made.coords.mapChannel = self.coords.mapChannel
        setattr(made, self.path_property, getattr(self, self.path_property))
        return made

    def let_go(self) -> None:
        """What `freeSceneBitmaps` does."""
        self._put(is_loaded=False)

    def _read(self) -> None:
        path = getattr(self, self.path_property)
        content = content_of(Path(path)) if path else ""
        self._put(content=content, reads=self.reads + 1, is_loaded=bool(content))

    def _put(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)


class FakeBitmapTexture(FakeMaxBitmap):
    """The stock bitmap, with its published method."""

    def reload(self) -> None:
        """Read the file anew."""
        self._read()


def parts_of(material: Any) -> Iterator[Any]:
    """A material and every material below it."""
    if material is None:
        return
    yield material
    if isinstance(material, FakeMaxShell):
        for side in (material.originalMaterial, material.bakedMaterial):
            yield from parts_of(side)
    elif isinstance(material, FakeMaxMulti):
        for part in material.materialList:
            yield from parts_of(part)


def material_classes(tape: Tape, log: UndoLog) -> dict[str, FakeMaxClass]:
    """Every class of this module by its name in MAXScript."""

    def standard(cls: FakeMaxClass) -> FakeMaxMaterial:
        return FakeMaxMaterial(tape, log, cls, STANDARD, mapEnables=FakeSwitches(log, len(STANDARD)))

    def physical(cls: FakeMaxClass) -> FakeMaxMaterial:
        switches = {f"{name}_on": False for name in PHYSICAL.values()}
        return FakeMaxMaterial(tape, log, cls, PHYSICAL, **switches)

    makers: dict[str, Callable[[FakeMaxClass], Any]] = {
        "StandardMaterial": standard,
        "PhysicalMaterial": physical,
        "Shell_Material": lambda cls: FakeMaxShell(tape, log, cls),
        "MultiMaterial": lambda cls: FakeMaxMulti(tape, log, cls),
        "BitmapTexture": lambda cls: FakeBitmapTexture(tape, log, cls, "filename"),
        "VRayBitmap": lambda cls: FakeMaxBitmap(tape, log, cls, "HDRIMapName"),
    }
    return {name: FakeMaxClass(name, make) for name, make in makers.items()}
