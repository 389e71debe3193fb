"""Checks on UVs: channel there, inside 0..1, no two objects on the same texels, room for the padding.

Overlaps within one object are not reported: mirrored halves usually share their UVs on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from max_submitter.preflight.finding import Finding
from max_submitter.preflight.fixes import Fixes
from max_submitter.preflight.inputs import PreflightInput
from max_submitter.preflight.look import SlowLook
from max_submitter.preflight.uv_maps import raster_for
from max_submitter.preflight.uv_pairs import Pair, close_pairs, overlapping_pairs
from max_submitter.preflight.wording import listed, named
from max_submitter.scene.facts import SceneObject

_TOLERANCE: Final = 1e-4
"""A tenth of a texel at 1024: UVs at the very border are rarely exact."""


def missing_channel(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """Objects without coordinates on the UV channel."""
    channel = given.settings.uv_channel
    without = [item for item in given.objects if channel not in item.uv_channels]
    if not without:
        return
    common = set.intersection(*(set(item.uv_channels) for item in given.objects))
    choice = f" All objects have UV channel {min(common)}: or bake into that one." if common else ""
    yield Finding(
        "uv-channel-missing",
        "fatal",
        f"There are no UVs on channel {channel} of {named([item.name for item in without])}.",
        f"Unwrap into UV channel {channel}.{choice}",
        where="uv_channel",
    )


def outside(look: SlowLook) -> Iterator[Finding]:
    """UVs outside 0..1: that part is not baked. An object that lies outside altogether would bake nothing."""
    partly: list[str] = []
    wholly: list[str] = []
    for item in _known(look):
        corners = look.input.scene.uvs[item.handle].corners
        if look.is_cancelled():
            return
        if corners and not _is_inside(corners):
            (partly if _touches_square(corners) else wholly).append(item.name)
    if wholly:
        yield Finding(
            "uv-outside",
            "fatal",
            f"No triangle of {named(wholly)} lies inside the UV square from 0 to 1.",
            f"Move the UVs of channel {look.input.settings.uv_channel} into the square.",
            where="uv_channel",
        )
    if partly:
        yield Finding(
            "uv-outside",
            "warning",
            f"UVs outside 0 to 1 on {named(partly)}: what lies there is not baked.",
            f"Move the UVs of channel {look.input.settings.uv_channel} into the square.",
            where="uv_channel",
        )


def empty(look: SlowLook) -> Iterator[Finding]:
    """Objects whose UVs cover no texel, as after a channel was made and never unwrapped."""
    names = [
        item.name
        for item in _known(look)
        if look.input.scene.uvs[item.handle].is_complete
        and _is_inside(look.input.scene.uvs[item.handle].corners)
        and (coverage := look.coverage.get(item.handle)) is not None
        and coverage.is_empty
    ]
    if names:
        yield Finding(
            "uv-empty",
            "warning",
            f"The UVs of {named(names)} cover no texel: nothing of it will be seen in the texture.",
            f"Unwrap into UV channel {look.input.settings.uv_channel}, or give the texture more texels.",
            where="uv_channel",
        )


def overlap(look: SlowLook) -> Iterator[Finding]:
    """Objects of one map that lie on the same texels: one of them hides the other."""
    for uv_map in look.uv_maps:
        pairs = overlapping_pairs(uv_map.objects, look.coverage, look.is_cancelled)
        if pairs:
            raster = raster_for(look.input)
            text = _pairs_text(pairs, partial(_texels, texels_per_cell=raster.texels_per_cell))
            yield Finding(
                "uv-overlap",
                "warning",
                f"UVs lie on each other on {uv_map.label}: {text}.",
                f"Pack the UVs again, or spread the objects over more maps. Texels are counted at {raster.texture}.",
                where="uv_channel",
            )


def gutter(look: SlowLook) -> Iterator[Finding]:
    """Objects of one map so close that their padding meets before it is complete."""
    settings = look.input.settings
    if settings.fill_all or not settings.padding:
        return
    needed = 2 * settings.padding
    for uv_map in look.uv_maps:
        raster = raster_for(look.input)
        pairs = close_pairs(uv_map.objects, look.coverage, needed / raster.texels_per_cell, look.is_cancelled)
        if pairs:
            yield Finding(
                "uv-gutter",
                "warning",
                f"Less than {needed} texels (twice the padding) lie between {_pairs_text(pairs, lambda _: '')} "
                f"on {uv_map.label} at {raster.texture}.",
                f"Pack the UVs with a gutter of {needed} texels, or choose a smaller padding or a larger texture.",
                where="padding",
            )


def unchecked(look: SlowLook) -> Iterator[Finding]:
    """Objects with more triangles than are looked at."""
    names = [item.name for item in _known(look) if not look.input.scene.uvs[item.handle].is_complete]
    if names:
        yield Finding(
            "uv-unchecked",
            "warning",
            f"Too many triangles to look at all UVs of {named(names)}: overlaps and gutters there may go unseen.",
            "Nothing needs to be done if you trust the UVs.",
            where="uv_channel",
        )


def _known(look: SlowLook) -> list[SceneObject]:
    """Objects whose UVs were gathered."""
    return [item for item in look.input.objects if item.handle in look.input.scene.uvs]


def _is_inside(corners: Sequence[float]) -> bool:
    """Whether all of it lies in the square, or close enough."""
    return not corners or (min(corners) >= -_TOLERANCE and max(corners) <= 1 + _TOLERANCE)


def _touches_square(corners: Sequence[float]) -> bool:
    """Whether the bounds of any triangle reach into the square."""
    triangles = (corners[begin : begin + 6] for begin in range(0, len(corners), 6))
    return any(
        min(axis) < 1 and max(axis) > 0 and min(other) < 1 and max(other) > 0
        for axis, other in ((triangle[::2], triangle[1::2]) for triangle in triangles)
    )


def _texels(pair: Pair, texels_per_cell: float) -> str:
    return f" (about {round(pair.cells * texels_per_cell**2):,} texels)"


def _pairs_text(pairs: Sequence[Pair], detail: Callable[[Pair], str]) -> str:
    return listed([f'"{pair.first.name}" and "{pair.second.name}"{detail(pair)}' for pair in pairs], last=", ")
