"""What the scene tells about itself: plain data, safe to hand to any thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Exposure = Literal["none", "linear", "automatic", "logarithmic", "other"]
"""Exposure control. Linear and automatic measure every render anew (3ds Max help, "Exposure Controls")."""


@dataclass(frozen=True)
class MaxVersion:
    """The running 3ds Max."""

    year: int
    """Product year, as 2025."""
    internal: int
    """First item of `maxVersion()`, as 27000."""


@dataclass(frozen=True)
class SceneFile:
    """The file behind the open scene."""

    path: Path | None
    """None if the scene was never saved."""
    is_modified: bool
    """Whether closing it would ask to save."""


@dataclass(frozen=True)
class SceneObject:
    """One object that could be baked."""

    handle: int
    """Stable as long as the object lives; survives renaming."""
    name: str
    map_index: int
    """Number of the atlas it is unwrapped into, from 0."""
    uv_channels: tuple[int, ...]
    """UV channels that hold coordinates, 1 = the first."""
    slots: tuple[str, ...]
    """Names of the map slots of its material, as the material spells them; empty without a material."""
    has_shell: bool
    """Whether its material is a Shell material."""


@dataclass(frozen=True)
class ObjectGroup:
    """An unwrap group. An unnamed one is the selection."""

    name: str
    objects: tuple[SceneObject, ...]


@dataclass(frozen=True)
class UvTriangles:
    """UV coordinates of one object on one channel."""

    corners: Sequence[float]
    """u, v of three corners per triangle: 6 numbers each."""
    is_complete: bool
    """False if the object has more triangles than were asked for."""

    @classmethod
    def joined(cls, slices: Iterable[UvTriangles]) -> UvTriangles:
        """All slices of an object in one."""
        corners: list[float] = []
        is_complete = True
        for part in slices:
            corners += part.corners
            is_complete = part.is_complete
        return cls(corners, is_complete)


@dataclass(frozen=True)
class ElementOffer:
    """A bake element that the renderer offers."""

    name: str
    kind: str
    """`color`, `data` or `normal`."""


@dataclass(frozen=True)
class RendererFacts:
    """The renderer that the scene is set to."""

    name: str
    """Class name, as `Default_Scanline_Renderer`."""
    can_bake: bool
    reason: str
    """Why it cannot; empty if it can."""
    elements: tuple[ElementOffer, ...]
    exposure: Exposure


@dataclass(frozen=True)
class FrameRange:
    """The time line."""

    first: int
    last: int
    current: int


@dataclass(frozen=True)
class Assignment:
    """Show a texture in a material slot of an object."""

    handle: int
    slot: str
    path: Path
    uv_channel: int
    shell: bool
    """Put it into the baked side of a Shell material; otherwise into the material itself."""
