"""The scene of the fake runtime: nodes, materials, renderers, and what loading a file gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from max_submitter.testing.fake_runtime_baking import FakeBakeProperties
from max_submitter.testing.fake_runtime_values import FakeClass, StrictObject, Tape


@dataclass
class FakeFile:
    """A scene file: its objects, and what this machine lacks to open it."""

    nodes: Sequence[FakeNode]
    renderer: str = "Default_Scanline_Renderer"
    can_be_opened: bool = True
    missing_files: list[str] = field(default_factory=list)
    missing_plugins: list[str] = field(default_factory=list)
    missing_xrefs: list[str] = field(default_factory=list)
    exposure: str | None = None

    @property
    def missing(self) -> dict[str, list[str]]:
        """By-reference argument of `loadMaxFile` -> what it receives."""
        return {
            "missingExtFilesList": self.missing_files,
            "missingDLLsList": self.missing_plugins,
            "missingXRefsList": self.missing_xrefs,
        }


class FakeNode(StrictObject):
    """A node of the scene. Members of a closed group are baked by nobody."""

    def __init__(self, tape: Tape, name: str, *, material: Any = None, in_closed_group: bool = False) -> None:
        projection = StrictObject(tape, "INodeBakeProjProperties", enabled=False, projectionMod=None)
        super().__init__(
            tape,
            "node",
            name=name,
            material=material,
            wirecolor=(200, 30, 30),
            isHidden=False,
            INodeBakeProperties=FakeBakeProperties(tape),
            INodeBakeProjProperties=projection,
        )
        object.__setattr__(self, "in_closed_group", in_closed_group)


def make_class(tape: Tape, name: str, properties: Mapping[str, Any]) -> FakeClass:
    """A class whose instances have these properties; a property that is a mapping becomes an object of its own."""

    def make(cls: FakeClass) -> Any:
        own = {
            key: StrictObject(tape, key, **value) if isinstance(value, Mapping) else value
            for key, value in properties.items()
        }
        instance = StrictObject(tape, name, **own)
        object.__setattr__(instance, "max_class", cls)
        return instance

    return FakeClass(name, make)


MATERIALS: Mapping[str, Mapping[str, Any]] = {
    "StandardMaterial": {"name": "", "diffuse": None, "selfIllumAmount": 0},
    "Shell_Material": {
        "name": "",
        "originalMaterial": None,
        "bakedMaterial": None,
        "renderMtlIndex": 1,
        "viewportMtlIndex": 1,
    },
}
RENDERERS: Mapping[str, Mapping[str, Any]] = {
    "Default_Scanline_Renderer": {"supportsTexureBaking": True},
    "V_Ray_6__update_2": {"supportsTexureBaking": True, "output_on": True},
    "V_Ray_GPU_6__update_2": {
        "supportsTexureBaking": True,
        "V_Ray_settings": {"output_on": True},
    },
    "Quicksilver_Hardware_Renderer": {"supportsTexureBaking": False},
}
EXPOSURES = ("Automatic_Exposure_Control", "Linear_Exposure_Control", "Physical_Camera_Exposure_Control")
