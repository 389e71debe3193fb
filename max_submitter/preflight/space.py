"""How much the pieces of a bake take at most, and whether the network folder has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flatiron_tasks.contracts.elements import piece_type_for
from flatiron_tasks.contracts.errors import ShareError
from max_submitter.preflight.finding import Finding
from max_submitter.preflight.inputs import PreflightInput, maps_of
from max_submitter.preflight.look import SlowLook
from max_submitter.preflight.network import is_usable
from max_submitter.preflight.wording import amount, counted

_CHANNELS: Final = 4
_LEAST_SHARE: Final = 10
"""Compressed pieces, cropped to what they cover, were seldom smaller than a tenth."""


def piece_type(given: PreflightInput) -> str:
    """Pixel type of the pieces, `half` or `float`."""
    return piece_type_for(element.pixel_type for element in given.elements)


def pass_count(given: PreflightInput) -> int:
    """Renders of all groups and frames: per map in Single Pass, per object in Multi Pass."""
    per_frame = sum(
        1 if given.settings.mode == "single" else len(objects)
        for group in given.scene.groups
        for objects in maps_of(group).values()
    )
    return per_frame * len(given.frames)


def piece_bytes(given: PreflightInput) -> int:
    """Bytes of all pieces without compression: passes x texels of all elements x 4 channels x bytes per sample."""
    texels = sum(element.width * element.height for element in given.elements)
    return pass_count(given) * texels * _CHANNELS * (4 if piece_type(given) == "float" else 2)


def free_space(look: SlowLook) -> Iterator[Finding]:
    """Less free space than the pieces may take. Compressed they are smaller, so only far too little is fatal."""
    needed = piece_bytes(look.input)
    if not needed or not is_usable(look.input):
        return
    try:
        free = look.surroundings.free_bytes(look.network_folder)
    except ShareError:  # the check of the folder itself says so
        return
    if free >= needed:
        return
    settings, elements = look.input.settings, look.input.elements
    yield Finding(
        "free-space",
        "fatal" if free * _LEAST_SHARE < needed else "warning",
        f"The pieces may take up to {amount(needed)} ({counted(pass_count(look.input), 'pass', 'passes')} of "
        f"{counted(len(elements), 'element')}, uncompressed {piece_type(look.input)}), "
        f"and {settings.network.network_folder} has {amount(free)} free.",
        "Compressed pieces are smaller, but make room if you can: delete old job folders, or bake fewer elements.",
        where="network_folder",
    )
