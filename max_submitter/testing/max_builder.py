"""Build the scenes of the contract checks in 3ds Max, or in the fake runtime. It resets the open scene!"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from max_submitter.testing.scene_under_test import MaterialKind, ShownTexture


class MaxBuilder:
    """The builder on `pymxs.runtime`. Spells every name as MAXScript does."""

    def __init__(self, runtime: Any) -> None:
        self._rt = runtime

    def reset(self) -> None:
        """See SceneBuilder."""
        self._rt.resetMaxFile(self._rt.Name("noPrompt"))

    def add_object(self, name: str, material: MaterialKind | None = "standard") -> int:
        """See SceneBuilder."""
        node = self._rt.Plane(name=name, lengthsegs=1, widthsegs=1, mapcoords=True)
        if material is not None:
            node.material = self._rt.StandardMaterial() if material == "standard" else self._rt.PhysicalMaterial()
        return int(self._rt.getHandleByAnim(node))

    def share_material(self, owner: int, other: int) -> None:
        """See SceneBuilder."""
        self._node(other).material = self._node(owner).material

    def group(self, name: str, handles: Sequence[int]) -> None:
        """See SceneBuilder. The name goes into a line of MAXScript: letters only."""
        if not name.isalpha():
            raise ValueError(f"{name!r} is not a name of letters")
        self.select(handles)
        self._rt.execute(f'selectionSets["{name}"] = selection as array')
        self._rt.clearSelection()

    def select(self, handles: Sequence[int]) -> None:
        """See SceneBuilder."""
        if handles:
            self._rt.select([self._node(handle) for handle in handles])
        else:
            self._rt.clearSelection()

    def delete(self, handle: int) -> None:
        """See SceneBuilder."""
        self._rt.delete(self._node(handle))

    def save_as(self, path: Path) -> None:
        """See SceneBuilder."""
        self._rt.saveMaxFile(str(path), quiet=True)

    def undo(self) -> None:
        """See SceneBuilder."""
        self._rt.execute("max undo")

    def shown(self, handle: int, slot: str, *, baked: bool) -> ShownTexture | None:
        """See SceneBuilder."""
        material = self._node(handle).material
        if self._rt.classOf(material) == self._rt.Shell_Material:
            material = material.bakedMaterial if baked else material.originalMaterial
        for number in range(1, int(self._rt.getNumSubTexmaps(material)) + 1):
            if str(self._rt.getSubTexmapSlotName(material, number)) == slot:
                texture = self._rt.getSubTexmap(material, number)
                return texture and ShownTexture(Path(str(texture.filename)), int(texture.coords.mapChannel))
        return None

    def _node(self, handle: int) -> Any:
        return self._rt.getAnimByHandle(handle)
