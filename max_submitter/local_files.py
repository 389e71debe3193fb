"""Files of this machine that go into the job folder: what is known of them before they are copied. Reads no content."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flatiron_tasks.contracts import naming
from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.contracts.identity import content_hash

NOT_HASHED_YET: Final = content_hash("not hashed yet")
"""Stands for the SHA-256 of a file until it is copied, which is when it is read."""


def size_of(path: Path) -> int:
    """Size in bytes; 0 for what is no file. Raises OSError."""
    return path.stat().st_size if path.is_file() else 0


def name_in_job_folder(path: Path, stem: str) -> str:
    """The file's own name; if some machine of the farm could not store it, `stem` with its extension, or `stem`."""
    for name in (path.name, f"{stem}{path.suffix}"):
        try:
            naming.check_file_name(name)
        except BadInputError:
            continue
        return name
    return stem
