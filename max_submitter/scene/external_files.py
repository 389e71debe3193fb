"""Files that the scene uses and that are not there, by the asset tracking of 3ds Max (MAX-19)."""

from __future__ import annotations

from pathlib import Path

from max_submitter.scene.access import MaxAccess


def missing_files(max_: MaxAccess) -> tuple[str, ...]:
    """Their paths as 3ds Max spells them, each once."""
    max_.rt.ATSOps.Refresh()
    answer = max_.rt.ATSOps.GetFiles(max_.by_reference())
    paths = (str(path) for path in answer[1] or ())
    return tuple(path for path in dict.fromkeys(paths) if not _is_there(path))


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:
        return False
