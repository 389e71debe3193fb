"""Checks on the textures' folder and files: frames in order, names possible and unique, folder writable, files ours."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.errors import BadInputError, ShareError
from max_submitter.bake_settings import BakeSettings
from max_submitter.description import MOST_TEXTURES
from max_submitter.preflight.finding import Finding
from max_submitter.preflight.fixes import Fixes
from max_submitter.preflight.folder_paths import impossible_path
from max_submitter.preflight.inputs import PreflightInput
from max_submitter.preflight.look import SlowLook
from max_submitter.preflight.surroundings import Occupant
from max_submitter.preflight.texture_files import TextureFile, texture_files
from max_submitter.preflight.wording import counted, listed

_IN_THE_WAY: Final[dict[Occupant, str]] = {"folder": "a folder", "link": "a link", "other": "not a file"}


def frame_range(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """A range that ends before it begins, or is so long that it must be mistyped."""
    settings = given.settings
    if settings.use_range and settings.last_frame < settings.first_frame:
        yield Finding(
            "frame-range",
            "fatal",
            f"The frame range ends ({settings.last_frame}) before it begins ({settings.first_frame}).",
            "Type the first frame on the left and the last one on the right.",
            where="first_frame",
        )
    for group in given.scene.groups:
        maps = max((item.map_index for item in group.objects), default=0) + 1
        textures = len(given.elements) * maps * len(given.frames)
        if textures > MOST_TEXTURES:
            yield Finding(
                "frame-range",
                "fatal",
                f"The bake would make {textures:,} textures{_of(group.name)}.",
                f"Bake at most {MOST_TEXTURES:,} in one job: check the frame range.",
                where="first_frame",
            )


def impossible_name(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """Group and file names that Windows cannot store."""
    try:
        for _ in texture_files(given, _ends(given.frames)):
            pass
    except BadInputError as error:
        yield Finding("file-name-impossible", "fatal", error.reason, error.advice, where="elements")


def equal_names(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """Two textures with one name, also of two groups of this press. Case and accents' spelling make no difference.

    One frame tells of all: the frame number is what comes after the last `_`.
    """
    try:
        files = sorted(texture_files(given, given.frames[:1]), key=_spelling)
    except BadInputError:  # the check above says so
        return
    clashes = [list(same) for _, same in groupby(files, key=_spelling)]
    told = [f'"{same[0].file_name}" ({listed([_owner(file) for file in same])})' for same in clashes if len(same) > 1]
    if told:
        yield Finding(
            "equal-file-names",
            "fatal",
            f"Several textures would get one name: {listed(told)}.",
            "Give the elements different file names.",
            where="elements",
        )


def folder_path(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """An output folder that is not set or is no full path."""
    folder = given.settings.output_folder
    if not folder.strip():
        yield Finding(
            "output-folder",
            "fatal",
            "No output folder is set.",
            "Choose the folder where the textures shall land.",
            where="output_folder",
        )
        return
    yield from impossible_path(given, folder, check="output-folder", what="output folder", where="output_folder")


def folder_usable(look: SlowLook) -> Iterator[Finding]:
    """An output folder that is not there or cannot be written to."""
    if any(folder_path(look.input, look.fixes)):
        return
    folder = look.output_folder
    try:
        if look.surroundings.is_folder(folder):
            look.surroundings.write_probe(folder)
            return
    except ShareError as error:
        advice = error.advice or "Ask for the right to write there, or choose another folder."
        yield Finding("output-folder-usable", "fatal", error.reason, advice, where="output_folder")
        return
    yield Finding(
        "output-folder-usable",
        "fixable",
        f"The output folder {folder} does not exist.",
        "Make it, or choose another folder.",
        where="output_folder",
        fix_label="Make the folder",
        fix=partial(look.fixes.make_folder, folder),
    )


def files_in_the_way(look: SlowLook) -> Iterator[Finding]:
    """Files at the textures' paths that no bake made, and folders or links that nothing may replace."""
    try:
        occupied = list(_occupied(look))
    except (BadInputError, ShareError):  # the checks of names and folder say so
        return
    foreign = [name for name, occupant in occupied if occupant == "foreign"]
    blocked = [f"{name} ({_IN_THE_WAY[occupant]})" for name, occupant in occupied if occupant in _IN_THE_WAY]
    if blocked:
        yield Finding(
            "files-in-the-way",
            "fatal",
            f"{look.output_folder} holds what a texture cannot replace: {listed(blocked)}.",
            "Move it away, or choose other file names or another folder.",
            where="output_folder",
        )
    if foreign and not look.input.settings.overwrite:
        yield Finding(
            "files-in-the-way",
            "fixable",
            f"The bake would replace {counted(len(foreign), 'file')} that no bake made, "
            f"in {look.output_folder}: {listed(foreign)}.",
            "Choose other file names or another folder, or allow overwriting.",
            where="output_folder",
            fix_label="Allow overwriting",
            fix=partial(look.fixes.change, _with_overwriting),
        )


def _occupied(look: SlowLook) -> Iterator[tuple[str, Occupant]]:
    """Name and occupant of each texture's path where something stands that is not ours."""
    if any(folder_path(look.input, look.fixes)) or any(frame_range(look.input, look.fixes)):
        return
    if not look.surroundings.is_folder(look.output_folder):
        return
    for file in texture_files(look.input, look.input.frames):
        if look.is_cancelled():
            return
        occupant = look.surroundings.occupant(Path(look.output_folder, file.file_name))
        if occupant not in ("nothing", "ours"):
            yield file.file_name, occupant


def _ends(frames: range) -> tuple[int, ...]:
    """First and last frame: the shortest and the longest names."""
    return tuple(dict.fromkeys((*frames[:1], *frames[-1:])))


def _spelling(file: TextureFile) -> str:
    return unicodedata.normalize("NFC", file.file_name).casefold()


def _owner(file: TextureFile) -> str:
    return f"{file.element}{_of(file.group)}"


def _of(group: str) -> str:
    return f' of "{group}"' if group else ""


def _with_overwriting(settings: BakeSettings) -> BakeSettings:
    return replace(settings, overwrite=True)
