"""Files that the scene uses, by the asset tracking of 3ds Max (MAX-19). Whether they are there is asked elsewhere."""

from __future__ import annotations

from max_submitter.scene.access import MaxAccess


def used_files(max_: MaxAccess) -> tuple[str, ...]:
    """Their paths as 3ds Max spells them, each once."""
    max_.rt.ATSOps.Refresh()
    answer = max_.rt.ATSOps.GetFiles(max_.by_reference())
    return tuple(dict.fromkeys(str(path) for path in answer[1] or ()))
