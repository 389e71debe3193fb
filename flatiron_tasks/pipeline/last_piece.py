"""How long ago the last piece of a texture came, by the one clock that saw both: the share's.

Node, worker and Redis each have a clock of their own; the times of files on the share come from its server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from flatiron_tasks.contracts.merged_pass import MergedPass
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.plan import Texture

Merged = Callable[[int], MergedPass | None]
"""Gives the record of a merged pass."""


def since_last_piece(files: JobFiles, texture: Texture, merged: Merged) -> float | None:
    """Seconds from the last accepted piece of a texture to its composed file; None if the share does not tell."""
    finished = files.folder.finished_texture(texture.file_name)
    try:
        composed = finished.stat().st_mtime
        last = max((path.stat().st_mtime for path in _receipts(files, texture, merged)), default=None)
    except OSError:
        return None
    return None if last is None else max(0.0, composed - last)


def _receipts(files: JobFiles, texture: Texture, merged: Merged) -> Iterator[Path]:
    """One receipt per pass and strip: those of an attempt's other elements come at the same moment."""
    for index in texture.passes:
        record = merged(index)
        for strip, attempt in enumerate(record.attempts if record else ()):
            yield files.folder.receipt(index, strip, texture.element_index, attempt)
