"""Bake elements as 3ds Max knows them, set for one image each."""

from __future__ import annotations

import re
from typing import Any

from workers.node.max_bake import assumptions
from workers.node.max_bake.errors import node_failure, scene_failure
from workers.node.max_bake.task import BakeOutput

_CLASS_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")


def make_element(rt: Any, output: BakeOutput) -> Any:
    """A new bake element that writes this image. Raises BakeFailedError if this 3ds Max has none of the name.

    `fileType` is the whole path, `fileName` the name alone (MAXScript help, "Common properties of bake elements").
    """
    element = _class_of(rt, output.element)()
    if not rt.isProperty(element, rt.Name("outputSzX")):
        raise scene_failure(f"{output.element} is not a bake element.", advice="Choose another element.")
    element.elementName = output.element
    element.autoSzOn = False
    element.outputSzX, element.outputSzY = output.width, output.height
    element.fileType = output.path
    element.fileName = re.split(r"[\\/]", output.path)[-1]
    element.filenameUnique = True
    element.filterOn = True
    element.enabled = True
    for name, value in assumptions.ELEMENT_SETTINGS.get(output.element, {}).items():
        if rt.isProperty(element, rt.Name(name)):
            setattr(element, name, value)
    return element


def _class_of(rt: Any, element: str) -> Any:
    if not _CLASS_NAME.fullmatch(element):
        raise scene_failure(f"{element!r} cannot be the name of a bake element.", advice="Choose another element.")
    names = assumptions.ELEMENT_CLASSES.get(element, (element,))
    found = (getattr(rt, name, None) for name in names)  # an undefined name is None or an AttributeError
    known = next((item for item in found if item is not None), None)
    if known is None:
        raise node_failure(
            f"This 3ds Max has no bake element {element}.",
            why=f"It does not know {' or '.join(names)}.",
            advice="Install the renderer that brings it on this node, or choose another element.",
        )
    return known
