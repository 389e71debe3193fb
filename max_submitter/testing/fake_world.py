"""What a fake scene consists of: objects, materials, bitmaps. Plain data with slots.

A misspelt name is an error. A bitmap remembers what it has read, so that a test can tell whether a file was read anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flatiron_tasks.contracts.elements import KIND_OF_ELEMENT
from max_submitter.scene.facts import ElementOffer, FrameRange, RendererFacts, SceneObject

STANDARD_SLOTS = ("Ambient Color", "Diffuse Color", "Specular Color", "Self-Illumination", "Opacity", "Bump")
PHYSICAL_SLOTS = ("Base Weight", "Base Color", "Roughness", "Metalness", "Emission Color", "Bump Map")

_A_HUNDRED_FRAMES = FrameRange(0, 100, 0)


def content_of(path: Path) -> str:
    """SHA-256 of a file's content in hex; empty if there is no such file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


@dataclass(slots=True, eq=False)
class FakeBitmap:
    """A bitmap texture. `content` is what it has read (SHA-256), empty while it has read nothing."""

    path: Path
    uv_channel: int = 1
    content: str = ""
    reads: int = 0
    is_loaded: bool = False

    def copy(self) -> FakeBitmap:
        """A second bitmap that shows the same file."""
        return FakeBitmap(self.path, self.uv_channel, self.content, self.reads, self.is_loaded)

    def read(self) -> None:
        """Read the file as it is now."""
        self.content = content_of(self.path)
        self.reads += 1
        self.is_loaded = True


@dataclass(slots=True, eq=False)
class FakeMaterial:
    """A material: slot name -> bitmap or nothing."""

    name: str
    slots: dict[str, FakeBitmap | None]

    @classmethod
    def standard(cls, name: str) -> FakeMaterial:
        """A Standard material without textures."""
        return cls(name, dict.fromkeys(STANDARD_SLOTS))

    @classmethod
    def physical(cls, name: str) -> FakeMaterial:
        """A Physical material without textures."""
        return cls(name, dict.fromkeys(PHYSICAL_SLOTS))

    def copy(self) -> FakeMaterial:
        """A copy with copies of its bitmaps, as 3ds Max makes it."""
        return FakeMaterial(self.name, {slot: bitmap and bitmap.copy() for slot, bitmap in self.slots.items()})

    def slot_named(self, name: str) -> str | None:
        """The slot as the material spells it, or None; upper and lower case are the same."""
        return next((slot for slot in self.slots if slot.lower() == name.lower()), None)


@dataclass(slots=True, eq=False)
class FakeShell:
    """A Shell material. It renders the original until somebody switches it."""

    original: FakeMaterial
    baked: FakeMaterial
    shows_baked_in_viewport: bool = True

    def copy(self) -> FakeShell:
        """A second one with copies of both sides."""
        return FakeShell(self.original.copy(), self.baked.copy(), self.shows_baked_in_viewport)


@dataclass(slots=True, eq=False)
class FakeObject:
    """An object; `uv` holds u, v of three corners per triangle for every UV channel."""

    handle: int
    name: str
    material: FakeMaterial | FakeShell | None
    uv: dict[int, tuple[float, ...]]
    map_index: int = 0

    @property
    def source(self) -> FakeMaterial | None:
        """The material that a bake starts from: the original side of a Shell material."""
        return self.material.original if isinstance(self.material, FakeShell) else self.material

    @property
    def facts(self) -> SceneObject:
        """What the port says of it."""
        source = self.source
        return SceneObject(
            handle=self.handle,
            name=self.name,
            map_index=self.map_index,
            uv_channels=tuple(sorted(channel for channel, corners in self.uv.items() if corners)),
            slots=tuple(source.slots) if source else (),
            has_shell=isinstance(self.material, FakeShell),
        )


def every_element() -> RendererFacts:
    """A renderer that offers the whole catalogue of elements."""
    offers = tuple(ElementOffer(name, kind) for name, kind in KIND_OF_ELEMENT.items())
    return RendererFacts("Default_Scanline_Renderer", can_bake=True, reason="", elements=offers, exposure="none")


@dataclass(slots=True, eq=False)
class FakeWorld:
    """One scene: what is in it and which file it is."""

    objects: list[FakeObject] = field(default_factory=list)
    groups: dict[str, list[int]] = field(default_factory=dict)
    selected: list[int] = field(default_factory=list)
    path: Path | None = None
    is_modified: bool = False
    source: Path | None = None
    """A scene file that a renderer can read; saving copies it. None: saving writes a list of the objects."""
    renderer: RendererFacts = field(default_factory=every_element)
    frames: FrameRange = _A_HUNDRED_FRAMES
    other_files: list[str] = field(default_factory=list)
    """Files that the scene uses and that no bitmap shows."""
    notes: dict[str, str] = field(default_factory=dict)

    def find(self, handle: int) -> FakeObject | None:
        """The object, or None if it is gone."""
        return next((item for item in self.objects if item.handle == handle), None)

    def named(self, name: str) -> FakeObject:
        """The first object of this name. Raises KeyError."""
        for item in self.objects:
            if item.name == name:
                return item
        raise KeyError(name)

    def materials(self) -> Iterator[FakeMaterial]:
        """Every material, the sides of Shell materials too; shared ones come once."""
        seen: set[int] = set()
        for item in self.objects:
            shell = item.material if isinstance(item.material, FakeShell) else None
            for material in (shell.original, shell.baked) if shell else (item.material,):
                if isinstance(material, FakeMaterial) and id(material) not in seen:
                    seen.add(id(material))
                    yield material

    def bitmaps(self) -> tuple[FakeBitmap, ...]:
        """Every bitmap that some material shows, each once."""
        found = {id(bitmap): bitmap for item in self.materials() for bitmap in item.slots.values() if bitmap}
        return tuple(found.values())
