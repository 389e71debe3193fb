"""Checks on what renders: the scene's renderer can bake, and the render nodes can do it in this mode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from max_submitter.bake_settings import BakeSettings
from max_submitter.preflight.finding import Finding
from max_submitter.preflight.fixes import Fixes
from max_submitter.preflight.inputs import PreflightInput, maps_of


@dataclass(frozen=True)
class Ability:
    """What the render nodes can do with a renderer profile."""

    strips: bool
    """Render a band of rows of a map."""
    many_objects: bool
    """Render several objects into one map (Single Pass)."""


# Render To Texture bakes one object per render, and its whole map (Autodesk's Macro_BakeTextures does the same).
ABILITIES: Final = {
    "3dsmaxbatch": Ability(strips=False, many_objects=False),
    "3dsmaxcmd": Ability(strips=False, many_objects=False),
    "reference": Ability(strips=True, many_objects=True),
}
_UNKNOWN: Final = Ability(strips=True, many_objects=True)
"""A profile that the studio added: its nodes say themselves what they cannot do."""


def cannot_bake(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """The renderer of the scene cannot render to textures."""
    renderer = given.scene.renderer
    if not renderer.can_bake:
        reason = f": {renderer.reason.rstrip('.')}" if renderer.reason else ""
        yield Finding(
            "renderer-cannot-bake",
            "fatal",
            f"{renderer.name} cannot bake textures{reason}.",
            "Choose another renderer in Render Setup.",
        )


def strips(given: PreflightInput, fixes: Fixes) -> Iterator[Finding]:
    """Strips with a renderer that only renders whole maps."""
    if given.settings.strips > 1 and not _ability(given).strips:
        yield Finding(
            "strips-not-possible",
            "fixable",
            f"{given.configuration.renderer} renders whole maps only and cannot cut them into "
            f"{given.settings.strips} strips.",
            "Bake without strips.",
            where="strips",
            fix_label="Bake without strips",
            fix=partial(fixes.change, _without_strips),
        )


def single_pass(given: PreflightInput, fixes: Fixes) -> Iterator[Finding]:
    """Single Pass of several objects with a renderer that bakes each object alone."""
    crowded = any(len(objects) > 1 for group in given.scene.groups for objects in maps_of(group).values())
    if given.settings.mode == "single" and crowded and not _ability(given).many_objects:
        yield Finding(
            "single-pass-not-possible",
            "fixable",
            f"{given.configuration.renderer} bakes one object per render, and a map of this bake has several.",
            "Use Multi Pass: the textures are the same.",
            where="mode",
            fix_label="Use Multi Pass",
            fix=partial(fixes.change, _with_multi_pass),
        )


def _ability(given: PreflightInput) -> Ability:
    return ABILITIES.get(given.configuration.renderer, _UNKNOWN)


def _without_strips(settings: BakeSettings) -> BakeSettings:
    return replace(settings, strips=1)


def _with_multi_pass(settings: BakeSettings) -> BakeSettings:
    return replace(settings, mode="multi")
