"""Changes to 3ds Max that are taken back at the end of a `with` block, also when it ends in an error.

The order and the precautions are those of Autodesk's stock macro for Render To Texture (Macro_BakeTextures).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def changed(target: Any, name: str, value: Any) -> Iterator[None]:
    """A property with another value."""
    before = getattr(target, name)
    setattr(target, name, value)
    try:
        yield
    finally:
        setattr(target, name, before)


@contextlib.contextmanager
def quiet(rt: Any, mxs: Any) -> Iterator[None]:
    """No messages, no redraw, no undo."""
    before = rt.setSilentMode(True)
    try:
        with mxs.undo(False), mxs.redraw(False):
            yield
    finally:
        rt.setSilentMode(before)


@contextlib.contextmanager
def radiosity_kept(rt: Any) -> Iterator[None]:
    """Whatever the bake does to the radiosity preference is taken back."""
    preferences = rt.RadiosityPreferences
    before = preferences.computeRadiosity
    try:
        yield
    finally:
        preferences.computeRadiosity = before


@contextlib.contextmanager
def out_of_group(rt: Any, node: Any) -> Iterator[None]:
    """Members of closed groups are not baked, so the object leaves its group."""
    is_member = rt.isGroupMember(node)
    if is_member:
        rt.setGroupMember(node, False)
    try:
        yield
    finally:
        if is_member:
            rt.setGroupMember(node, True)


@contextlib.contextmanager
def selected_alone(rt: Any, node: Any) -> Iterator[None]:
    """`bakeSelected` bakes what is selected: this object and nothing else."""
    before = list(rt.selection)
    rt.select(node)
    try:
        yield
    finally:
        if before:
            rt.select(before)
        else:
            rt.clearSelection()


@contextlib.contextmanager
def own_material(rt: Any, node: Any) -> Iterator[None]:
    """The original material of a Shell material; a temporary one for an object without any."""
    material = node.material
    if material is None:
        with _temporary_material(rt, node):
            yield
    elif rt.classOf(material) == rt.Shell_Material:
        with changed(material, "renderMtlIndex", 0):
            yield
    else:
        yield


@contextlib.contextmanager
def _temporary_material(rt: Any, node: Any) -> Iterator[None]:
    """Without propagation: the material would spread to all instances of the object."""
    temporary = rt.StandardMaterial()
    temporary.diffuse = node.wirecolor
    with changed(rt.instanceMgr, "autoMtlPropagation", False):
        node.material = temporary
        try:
            yield
        finally:
            node.material = None


@contextlib.contextmanager
def bake_elements(rt: Any, node: Any, channel: int, elements: list[Any]) -> Iterator[None]:
    """These elements alone, on this UV channel, without padding; the object's own ones come back."""
    properties = node.INodeBakeProperties
    before = [properties.getBakeElement(index) for index in range(1, properties.numBakeElements() + 1)]
    try:
        _put_elements(properties, elements)
        with contextlib.ExitStack() as stack:
            for name, value in (("bakeEnabled", True), ("bakeChannel", channel), ("nDilations", 0)):
                stack.enter_context(changed(properties, name, value))
            yield
    finally:
        _put_elements(properties, before)


def _put_elements(properties: Any, elements: list[Any]) -> None:
    properties.removeAllBakeElements()
    for element in elements:
        properties.addBakeElement(element)
