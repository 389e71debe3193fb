"""Show finished textures in the scene. `find_due` looks at files and may be slow, `apply` belongs to the main thread.

Only the scene that a job was submitted from is touched. Applying twice is a reload that nobody sees.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
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


def apply(scene: ScenePort, entry: LedgerEntry, due: Sequence[Due]) -> tuple[LedgerEntry, tuple[str, ...]]:
    """Let the scene read what is due. Returns what it shows now, and sentences for the artist.

    A texture that 3ds Max refuses stays due, so the next look tries it again.
    """
    notes = []
    for item in due:
        shown = Path(entry.textures[item.index].shown)
        try:
            notes += _show(scene, shown, item.path)
        except SceneError as error:
            notes.append(str(error))
            continue
        entry = entry.with_texture(item.index, shown=item.path, applied=item.signature)
    return entry, tuple(notes)


def _show(scene: ScenePort, shown: Path, path: Path) -> list[str]:
    if shown == path:
        scene.reload(path)
        return []
    moved = scene.relink(shown, path)
    return [f"The scene shows {path.name} instead of {shown.name} now."] if moved else []


def _local(canonical: str, mapping: PathMapping) -> Path | None:
    try:
        return Path(mapping.to_local(canonical))
    except PathMappingError as error:
        log.warning("%s", error)
        return None
