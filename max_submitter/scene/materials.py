"""Materials: their slots, Shell materials, and putting a texture into a slot. Knows no nodes.

Order of calls as in Autodesk's own `Macro_BakeTextures.mcr`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from max_submitter.scene.access import MaxAccess

_ORIGINAL, _BAKED = 0, 1
"""Sides of a Shell material, as its renderMtlIndex and viewportMtlIndex count them."""


def is_shell(max_: MaxAccess, material: Any) -> bool:
    """Whether it is a Shell material."""
    return material is not None and bool(max_.rt.classOf(material) == max_.rt.Shell_Material)


def side_of(max_: MaxAccess, material: Any, *, baked: bool) -> Any:
    """The baked or the original side of a Shell material; any other material itself, None for none."""
    if not is_shell(max_, material):
        return material
    return material.bakedMaterial if baked else material.originalMaterial


def slot_names(max_: MaxAccess, material: Any) -> tuple[str, ...]:
    """Names of the map slots as the material spells them; of all sub-materials of a Multi/Sub-Object material."""
    names = (_slot_name(max_, part, number) for part in parts_of(max_, material) for number in _slots(max_, part))
    return tuple(dict.fromkeys(name for name in names if name))


def parts_of(max_: MaxAccess, material: Any) -> tuple[Any, ...]:
    """The materials that have slots: the sub-materials of a Multi/Sub-Object material, or the material itself."""
    if material is None:
        return ()
    if max_.rt.classOf(material) != max_.rt.MultiMaterial:
        return (material,)
    return tuple(part for part in material.materialList if part is not None)


def find_slot(max_: MaxAccess, material: Any, name: str) -> int:
    """Number of a slot from 1, upper and lower case being the same; 0 if there is none."""
    for number in _slots(max_, material):
        if _slot_name(max_, material, number).lower() == name.lower():
            return number
    return 0


def make_shell(max_: MaxAccess, material: Any) -> Any:
    """A Shell material: `material` renders, a copy of it takes baked textures and shows in the viewport.

    The copy is deep (MAX-06). It renders the original, so that whatever is baked next is not baked from a texture,
    least of all from a placeholder.
    """
    shell = max_.rt.Shell_Material()
    shell.name = material.name
    shell.originalMaterial = material
    shell.bakedMaterial = max_.rt.copy(material)
    shell.renderMtlIndex = _ORIGINAL
    shell.viewportMtlIndex = _BAKED
    return shell


def show_in_slot(max_: MaxAccess, material: Any, number: int, texture: Any) -> None:
    """Put a texture into a slot, switch the slot on (MAX-07) and show it in the viewport."""
    rt = max_.rt
    rt.setSubTexmap(material, number, texture)
    if max_.has(material, "mapEnables"):
        material.mapEnables[number - 1] = True
    for name in (str(item) for item in rt.getPropNames(material)):
        if name.endswith("_map") and max_.has(material, f"{name}_on") and rt.getProperty(material, name) == texture:
            rt.setProperty(material, f"{name}_on", True)
    rt.showTextureMap(material, texture, True)


@contextmanager
def without_propagation(max_: MaxAccess) -> Iterator[None]:
    """Giving a node a material would give it to all instances of the node as well."""
    instances = max_.rt.instanceMgr
    before = instances.autoMtlPropagation
    instances.autoMtlPropagation = False
    try:
        yield
    finally:
        instances.autoMtlPropagation = before


def _slots(max_: MaxAccess, material: Any) -> range:
    return range(1, int(max_.rt.getNumSubTexmaps(material)) + 1)


def _slot_name(max_: MaxAccess, material: Any, number: int) -> str:
    return str(max_.rt.getSubTexmapSlotName(material, number))
