"""The renderer of the scene: whether it can bake, and which elements. A new renderer is a row of `FAMILIES`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flatiron_tasks.contracts.elements import KIND_OF_ELEMENT
from max_submitter.scene.access import MaxAccess
from max_submitter.scene.facts import ElementOffer, Exposure, RendererFacts

CLASSES: Final = {"AmbientOcclusion": ("AmbientOcclusionBakeElement", "Ambient_Occlusion", "AmbientOcclusion")}
"""Element -> classes that it may be, where they are not called alike (MAX-14)."""

_STOCK: Final = (
    *("CompleteMap", "DiffuseMap", "LightingMap", "SpecularMap", "BlendMap", "ShadowsMap", "AlphaMap", "HeightMap"),
    *("NormalsMap", "AmbientOcclusion"),
)
# Autodesk's RTT_methods.ms leaves ambient occlusion out for this renderer alone.
_SCANLINE: Final = tuple(name for name in _STOCK if name != "AmbientOcclusion")
# Chaos, "Basic Texture Baking": V-Ray bakes by its own elements, not by the stock ones.
_V_RAY: Final = (
    *("VRayCompleteMap", "VRayLightingMap", "VRayDiffuseFilterMap", "VRayRawDiffuseFilterMap"),
    *("VRayMtlReflectGlossinessBake", "VRayMetalnessMap", "VRayNormalsMap"),
)
_KINDS: Final = {**KIND_OF_ELEMENT, "VRayMtlReflectGlossinessBake": "data", "VRayMetalnessMap": "data"}


@dataclass(frozen=True)
class RendererFamily:
    """Renderers whose class names begin alike: V-Ray puts its version into the name."""

    prefix: str
    elements: tuple[str, ...] = _STOCK
    """Every element that it may offer."""
    refusal: str = ""
    """Why it is refused; empty if it is not."""


_NO_SCRIPT: Final = "how {} bakes by script is documented nowhere, so nobody can promise a right texture"

# The first that fits counts; upper and lower case are the same. MAX-13.
FAMILIES: Final = (
    RendererFamily("Default_Scanline", _SCANLINE),
    RendererFamily("V_Ray", _V_RAY),
    RendererFamily("VRay", _V_RAY),
    RendererFamily("Corona", refusal=_NO_SCRIPT.format("Corona")),
    RendererFamily("Arnold", refusal=_NO_SCRIPT.format("Arnold")),
    RendererFamily(""),
)

# Beginning of the class name -> what it does (MAX-15).
EXPOSURES: Final[tuple[tuple[str, Exposure], ...]] = (
    ("Linear_Exposure", "linear"),
    ("Automatic_Exposure", "automatic"),
    ("Logarithmic_Exposure", "logarithmic"),
)


def renderer_facts(max_: MaxAccess) -> RendererFacts:
    """What the renderer of the scene is and offers."""
    renderer = max_.rt.renderers.current
    name = str(max_.rt.classOf(renderer))
    family = next(item for item in FAMILIES if name.lower().startswith(item.prefix.lower()))
    reason = _refusal(max_, renderer, name, family)
    elements = () if reason else _offers(max_, family)
    return RendererFacts(name, can_bake=not reason, reason=reason, elements=elements, exposure=_exposure(max_))


def remove_exposure(max_: MaxAccess) -> None:
    """Switch exposure control off, as one step of undo."""
    with max_.undo_step("Remove exposure control"):
        max_.rt.SceneExposureControl.exposureControl = None


def _refusal(max_: MaxAccess, renderer: Any, name: str, family: RendererFamily) -> str:
    if family.refusal:
        return f"{name} is refused: {family.refusal}."
    if max_.has(renderer, "supportsTexureBaking") and renderer.supportsTexureBaking:  # 3ds Max spells it so
        return ""
    return f"{name} says that it cannot bake textures."


def _offers(max_: MaxAccess, family: RendererFamily) -> tuple[ElementOffer, ...]:
    """The elements that this 3ds Max has a class for."""
    return tuple(
        ElementOffer(name, _KINDS.get(name, "color"))
        for name in family.elements
        if any(max_.global_named(item) is not None for item in CLASSES.get(name, (name,)))
    )


def _exposure(max_: MaxAccess) -> Exposure:
    control = max_.rt.SceneExposureControl.exposureControl
    if control is None:
        return "none"
    name = str(max_.rt.classOf(control))
    return next((exposure for prefix, exposure in EXPOSURES if name.startswith(prefix)), "other")
