"""The bake elements of the reference renderer. To add one, write a function that returns its colours and register it.

Values are linear and not multiplied by coverage (it is 0 or 1). Does not trace rays: an element says what it needs.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from flatiron_tasks.contracts.errors import SceneError
from workers.reference_renderer.lighting import Illumination, Needs
from workers.reference_renderer.vectors import Floats, Vectors
from workers.reference_renderer.world import Surface

Shader: TypeAlias = Callable[[Surface, Illumination], Vectors]
_HALF = np.float32(0.5)


@dataclass(frozen=True)
class Element:
    """One bake element: its name in a task, its kind in the pipeline, what it needs and how it is computed."""

    name: str
    kind: str
    needs: Needs
    shade: Shader


ELEMENTS: dict[str, Element] = {}


def element(name: str, *, kind: str, needs: Needs = Needs.NOTHING) -> Callable[[Shader], Shader]:
    """Register a function (surface, illumination) -> colours of shape (3, n) as a bake element."""

    def register(shade: Shader) -> Shader:
        ELEMENTS[name] = Element(name, kind, needs, shade)
        return shade

    return register


def find_element(name: str) -> Element:
    """The element of that name. Raises SceneError with the list of all."""
    if name in ELEMENTS:
        return ELEMENTS[name]
    near = difflib.get_close_matches(name, ELEMENTS, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise SceneError(
        f"The reference renderer cannot bake element {name!r}.",
        advice=f"{hint}It can bake {', '.join(ELEMENTS)}.",
    )


@element("CompleteMap", kind="color", needs=Needs.SHADOWS | Needs.BOUNCE)
def _complete(surface: Surface, illumination: Illumination) -> Vectors:
    """Lit surface colour and emission."""
    lit: Vectors = surface.base_colour * _lighting(surface, illumination) + surface.emission
    return lit


@element("LightingMap", kind="color", needs=Needs.SHADOWS | Needs.BOUNCE)
def _lighting(_: Surface, illumination: Illumination) -> Vectors:
    """Direct and indirect light that arrives."""
    arriving: Vectors = illumination.direct + illumination.indirect
    return arriving


@element("DiffuseMap", kind="color")
def _diffuse(surface: Surface, _: Illumination) -> Vectors:
    """Surface colour without light."""
    return surface.base_colour


@element("ShadowsMap", kind="data", needs=Needs.SHADOWS)
def _shadows(_: Surface, illumination: Illumination) -> Vectors:
    """1 where all lights reach, 0 in full shadow or facing away."""
    return _grey(illumination.visibility)


@element("AmbientOcclusion", kind="data", needs=Needs.OPENNESS)
def _ambient_occlusion(_: Surface, illumination: Illumination) -> Vectors:
    """1 where the hemisphere is free, 0 where something stands near in every direction."""
    return _grey(illumination.openness)


@element("NormalsMap", kind="normal")
def _normals(surface: Surface, _: Illumination) -> Vectors:
    """World-space normals, y up, each component mapped from -1..1 to 0..1. Not tangent space: that needs tangents."""
    encoded: Vectors = surface.normals * _HALF + _HALF
    return encoded


def _grey(values: Floats) -> Vectors:
    return np.stack([values, values, values])
