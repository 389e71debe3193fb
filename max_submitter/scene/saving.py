"""The scene's file: where it is, saving it, and saving a copy without switching to the copy (MAX-12)."""

from __future__ import annotations

from pathlib import Path

from flatiron_tasks.contracts.errors import SceneError
from max_submitter.scene.access import MaxAccess
from max_submitter.scene.facts import SceneFile


def scene_file(max_: MaxAccess) -> SceneFile:
    """The file behind the scene. `getSaveRequired` only tells; `checkForSave` would open a dialog."""
    name = str(max_.rt.maxFileName or "")
    path = Path(str(max_.rt.maxFilePath)) / name if name else None
    return SceneFile(path, bool(max_.rt.getSaveRequired()))


def save_scene(max_: MaxAccess) -> None:
    """Save the scene to its own file. Raises SceneError if it has none, or if 3ds Max did not save it."""
    path = scene_file(max_).path
    if path is None:
        raise SceneError("The scene was never saved.", advice="Save it under a name first (File, Save As).")
    saved = max_.rt.saveMaxFile(str(path), quiet=True)
    if not saved or not path.is_file():
        raise _not_saved(path)


def save_copy(max_: MaxAccess, path: Path) -> None:
    """Write the scene as it is to another file. Success may be reported without a file, so the file is looked for."""
    saved = max_.rt.saveMaxFile(str(path), clearNeedSaveFlag=False, useNewFile=False, quiet=True)
    if not saved or not path.is_file():
        raise _not_saved(path)


def _not_saved(path: Path) -> SceneError:
    return SceneError(
        f"3ds Max could not save the scene to {path}.",
        why="It gives no reason; mostly the folder cannot be written, is full, or the file is open elsewhere.",
        advice="Save it there by hand (File, Save Copy As) to see what 3ds Max says, then try again.",
    )
