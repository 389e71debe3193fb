"""Checks on the scene: saved, something to bake, its exposure the same for every render."""

from __future__ import annotations

from collections.abc import Iterator

from max_submitter.preflight.finding import Finding
from max_submitter.preflight.fixes import Fixes
from max_submitter.preflight.inputs import PreflightInput, maps_of
from max_submitter.preflight.wording import listed, named


def unsaved(given: PreflightInput, fixes: Fixes) -> Iterator[Finding]:
    """A scene that was never saved, or was changed since."""
    file = given.scene.file
    if file.path is None:
        yield Finding(
            "scene-unsaved",
            "fatal",
            "The scene was never saved.",
            "Save it once with File > Save As; then Bake is possible.",
        )
    elif file.is_modified:
        yield Finding(
            "scene-unsaved",
            "warning",  # a copy as it is now is baked; and assigning placeholders changes the scene at every bake
            f"{file.path.name} has changes that are not saved.",
            "It is baked as it is now. Save it, so that the file shows what was baked.",
            fix_label="Save the scene",
            fix=fixes.save_scene,
        )


def groups_gone(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """Groups that were chosen and that the scene no longer has."""
    if given.scene.missing_groups:
        yield Finding(
            "groups-gone",
            "fatal",
            f"The scene has no group {named(given.scene.missing_groups)} any more.",
            "Choose the groups again: they may have been renamed or deleted.",
            where="groups",
        )


def nothing_to_bake(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """No group at all, or groups without an object that can be baked."""
    if not given.settings.groups and not given.objects:
        yield Finding(
            "nothing-to-bake",
            "fatal",
            "Nothing is selected that can be baked.",
            "Select the objects to bake, or choose a group.",
            where="groups",
        )
        return
    hollow = [group.name for group in given.scene.groups if not group.objects]
    if hollow:
        yield Finding(
            "nothing-to-bake",
            "fatal",
            f"There is nothing to bake in the group {named(hollow)}.",
            "Put objects into it, or do not choose it.",
            where="groups",
        )


def map_without_objects(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """Maps are numbered from 0 without gaps: a gap is an empty texture that nobody wants."""
    for group in given.scene.groups:
        used = maps_of(group)
        gaps = sorted(set(range(max(used, default=0) + 1)) - used.keys()) if used else []
        if gaps:
            whose = f'the group "{group.name}"' if group.name else "the selection"
            yield Finding(
                "map-without-objects",
                "fatal",
                f"No object of {whose} is on map {listed([str(index) for index in gaps])}.",
                "Number the maps of the group from 0 without gaps.",
                where="groups",
            )


def exposure(given: PreflightInput, fixes: Fixes) -> Iterator[Finding]:
    """Linear and automatic exposure control measure every render anew: parts of one texture get different light."""
    control = given.scene.renderer.exposure
    if control not in ("linear", "automatic"):
        return
    crowded = any(len(objects) > 1 for group in given.scene.groups for objects in maps_of(group).values())
    part = "object" if given.settings.mode == "multi" and crowded else "strip" if given.settings.strips > 1 else ""
    if part:
        yield Finding(
            "exposure",
            "fixable",
            f"{control.capitalize()} exposure control gives every {part} of a texture its own brightness, "
            "because each is rendered alone.",
            "Remove it, or choose logarithmic exposure control.",
            where="mode",
            fix_label="Remove exposure control",
            fix=fixes.remove_exposure,
        )
