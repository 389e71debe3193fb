"""Build the scenes of the contract checks in a fake scene."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from max_submitter.testing import fake_worlds
from max_submitter.testing.fake_scene import FakeScene
from max_submitter.testing.fake_world import FakeMaterial, FakeObject, FakeShell, FakeWorld
from max_submitter.testing.scene_under_test import MaterialKind, ShownTexture

_FULL_MAP = (0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0)


class FakeBuilder:
    """The builder on a `FakeScene`."""

    def __init__(self, scene: FakeScene) -> None:
        self._scene = scene
        self._made = 0

    def reset(self) -> None:
        """See SceneBuilder."""
        self._scene.open(FakeWorld(), "new")

    def add_object(self, name: str, material: MaterialKind | None = "standard") -> int:
        """See SceneBuilder."""
        self._made += 1
        own = {None: None, "standard": FakeMaterial.standard(name), "physical": FakeMaterial.physical(name)}[material]
        self._scene.world.objects.append(FakeObject(self._made, name, own, {1: _FULL_MAP}))
        self._scene.world.is_modified = True
        return self._made

    def share_material(self, owner: int, other: int) -> None:
        """See SceneBuilder."""
        self._find(other).material = self._find(owner).material
        self._scene.world.is_modified = True

    def group(self, name: str, handles: Sequence[int]) -> None:
        """See SceneBuilder."""
        self._scene.world.groups[name] = list(handles)

    def select(self, handles: Sequence[int]) -> None:
        """See SceneBuilder."""
        self._scene.select(*handles)

    def delete(self, handle: int) -> None:
        """See SceneBuilder."""
        self._scene.delete(handle)

    def save_as(self, path: Path) -> None:
        """See SceneBuilder."""
        world = self._scene.world
        world.path = path
        path.write_bytes(fake_worlds.saved(world))
        world.is_modified = False

    def undo(self) -> None:
        """See SceneBuilder."""
        self._scene.undo()

    def shown(self, handle: int, slot: str, *, baked: bool) -> ShownTexture | None:
        """See SceneBuilder."""
        material = self._find(handle).material
        if isinstance(material, FakeShell):
            material = material.baked if baked else material.original
        bitmap = material.slots[slot] if material else None
        return ShownTexture(bitmap.path, bitmap.uv_channel) if bitmap else None

    def _find(self, handle: int) -> FakeObject:
        found = self._scene.world.find(handle)
        if found is None:
            raise KeyError(handle)
        return found
