"""Checks on the Network Output Folder: named so that every machine understands it, there, and writable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.errors import ShareError
from max_submitter.bake_settings import BakeSettings
from max_submitter.preflight.finding import Finding
from max_submitter.preflight.fixes import Fixes
from max_submitter.preflight.folder_paths import canonical_folder, impossible_path, is_path
from max_submitter.preflight.inputs import PreflightInput
from max_submitter.preflight.look import SlowLook


def folder_path(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """A network folder that is not set or is no full path."""
    if not given.is_network_bake:
        return
    if not given.settings.network.network_folder.strip():
        yield Finding(
            "network-folder",
            "fatal",
            "No Network Output Folder is set.",
            r"Choose a shared folder that the render nodes can write to, as \\server\share\bakes.",
            where="network_folder",
        )
        return
    yield from impossible_path(
        given,
        given.settings.network.network_folder,
        check="network-folder",
        what="Network Output Folder",
        where="network_folder",
    )


def drive_letter(look: SlowLook) -> Iterator[Finding]:
    """A drive letter, which means something else on every machine: written as UNC, or refused."""
    typed = look.input.settings.network.network_folder
    if not is_usable(look.input) or not paths.has_drive(canonical_folder(look.input, typed, "folder")):
        return
    share = look.surroundings.drive_target(typed[:2])
    if not share:
        yield Finding(
            "network-drive-letter",
            "fatal",
            f"{typed[:2]} is a drive of this machine; the render nodes cannot reach {typed}.",
            r"Choose a folder of a shared drive, written as \\server\share\folder.",
            where="network_folder",
        )
        return
    unc = "\\".join(part for part in (share.rstrip("\\"), typed[2:].replace("/", "\\").strip("\\")) if part)
    yield Finding(
        "network-drive-letter",
        "fixable",
        f"{typed[:2]} is a drive letter, which means something else on every machine; here it is {share}.",
        f"Write the Network Output Folder as {unc}.",
        where="network_folder",
        fix_label=f"Use {unc}",
        fix=partial(look.fixes.change, partial(_with_folder, unc)),
    )


def folder_usable(look: SlowLook) -> Iterator[Finding]:
    """A network folder that is not there, does not answer, or cannot be written to: tried with a real file."""
    if not is_usable(look.input):
        return
    folder = look.network_folder
    try:
        if look.surroundings.is_folder(folder):
            look.surroundings.write_probe(folder)
            return
        what, advice = f"The Network Output Folder {folder} does not exist.", "Make it, or correct the path."
    except ShareError as error:
        what = f"The Network Output Folder cannot be used. {error.reason}"
        advice = error.advice or "Ask the administrator for the right to write there."
    yield Finding("network-folder-usable", "fatal", what, advice, where="network_folder")


def is_usable(given: PreflightInput) -> bool:
    """Whether there is a network folder that can be looked at."""
    typed = given.settings.network.network_folder
    return given.is_network_bake and bool(typed.strip()) and is_path(given, typed)


def _with_folder(folder: str, settings: BakeSettings) -> BakeSettings:
    return replace(settings, network=replace(settings.network, network_folder=folder))
