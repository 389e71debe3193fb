"""Small pictures of what is merged so far, copied from the share: a share that hangs must not hang the panel."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.errors import PathMappingError
from flatiron_tasks.contracts.job_view import JobView
from flatiron_tasks.share.atomic import write_atomically
from flatiron_tasks.share.path_mapping import PathMapping

log = logging.getLogger(__name__)
_LARGEST_BYTES: Final = 4 << 20


def thumbnail_path(folder: Path, job_id: str) -> Path:
    """Where the picture of a job is kept on this machine."""
    return folder / f"{job_id}.png"


def fetch_thumbnail(view: JobView, mapping: PathMapping, folder: Path) -> Path | None:
    """Copy the newest preview of the first texture that has one. Returns the picture that is kept, if any.

    A preview that is being replaced or was cleaned away is no error: the picture before stays.
    """
    kept = thumbnail_path(folder, view.job_id)
    preview = next((texture.preview for texture in view.textures if texture.preview), "")
    if preview:
        try:
            source = Path(mapping.to_local(preview))
            if source.stat().st_size <= _LARGEST_BYTES:
                folder.mkdir(parents=True, exist_ok=True)
                write_atomically(kept, source.read_bytes())
        except (OSError, PathMappingError) as error:
            log.debug("no preview of %s: %s", view.job_id, error)
    return kept if kept.exists() else None
