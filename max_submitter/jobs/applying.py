"""Show finished textures in the scene. `find_due` looks at files and may be slow, `apply` belongs to the main thread.

Only the scene that a job was submitted from is touched. Applying twice is a reload that nobody sees.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.errors import PathMappingError, SceneError
from flatiron_tasks.contracts.job_view import JobView
from flatiron_tasks.share.path_mapping import PathMapping
from max_submitter.jobs.ledger import LedgerEntry, signature
from max_submitter.scene.port import ScenePort

log = logging.getLogger(__name__)
_IN_PLACE: Final = ("delivered", "beside")


@dataclass(frozen=True)
class Due:
    """A texture whose file the scene has not read yet."""

    index: int
    path: Path
    signature: str


def find_due(view: JobView, entry: LedgerEntry, mapping: PathMapping) -> tuple[Due, ...]:
    """Finished textures that are newer than what the scene has read. Looks at the files."""
    due = []
    for index, (texture, known) in enumerate(zip(view.textures, entry.textures, strict=False)):
        path = _local(texture.path, mapping) if texture.state in _IN_PLACE else None
        found = signature(path) if path else ""
        if path and found and found != known.applied:
            due.append(Due(index, path, found))
    return tuple(due)


@dataclass(frozen=True)
class Applied:
    """What came of showing one texture."""

    entry: LedgerEntry
    """What the scene has read by now."""
    bitmaps: int | None
    """How many bitmaps of the scene show it; None if 3ds Max refused."""
    note: str
    """A sentence for the artist; empty if there is nothing to say."""


def apply(scene: ScenePort, entry: LedgerEntry, due: Due) -> Applied:
    """Let the scene read one texture. One that 3ds Max refuses stays due, so the next look tries it again."""
    shown = Path(entry.textures[due.index].shown)
    try:
        found = scene.reload(due.path) if shown == due.path else scene.relink(shown, due.path)
    except SceneError as error:
        return Applied(entry, None, str(error))
    note = f"The scene shows {due.path.name} instead of {shown.name} now." if found and shown != due.path else ""
    return Applied(entry.with_texture(due.index, shown=due.path, applied=due.signature), found, note)


def is_all_applied(entry: LedgerEntry) -> bool:
    """Whether the scene has read every texture, or would have if it showed it."""
    return all(texture.applied for texture in entry.textures)


def ending(bitmaps: Mapping[int, int], textures: int) -> str:
    """What to say when all textures are there. `bitmaps`: index of a texture -> how many bitmaps show it, if known."""
    unseen = sum(count == 0 for count in bitmaps.values())
    if not unseen:
        return "All textures are in the scene."
    shown = "none of them" if unseen == textures else f"{textures - unseen} of {textures}"
    return f"All textures are on the disk; the scene shows {shown}."


def _local(canonical: str, mapping: PathMapping) -> Path | None:
    try:
        return Path(mapping.to_local(canonical))
    except PathMappingError as error:
        log.warning("%s", error)
        return None
