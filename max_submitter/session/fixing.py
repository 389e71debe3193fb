"""What the Fix buttons of preflight do, on the scene and the settings of now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flatiron_tasks.share.atomic import share_error
from max_submitter.bake_settings import BakeSettings
from max_submitter.preflight.fixes import SettingsEdit
from max_submitter.scene.port import ScenePort


class SessionFixes:
    """Implements `preflight.fixes.Fixes`. Main thread only."""

    def __init__(
        self, scene: ScenePort, settings: Callable[[], BakeSettings], change: Callable[[BakeSettings], None]
    ) -> None:
        self._scene = scene
        self._settings = settings
        self._change = change

    def save_scene(self) -> None:
        """Save the scene to its own file. Raises SceneError."""
        self._scene.save_scene()

    def rename(self, handle: int, name: str) -> None:
        """Give an object another name. Raises SceneError."""
        self._scene.rename(handle, name)

    def remove_exposure(self) -> None:
        """Switch exposure control off. Raises SceneError."""
        self._scene.remove_exposure_control()

    def make_folder(self, folder: Path) -> None:
        """Make a folder and its parents. Raises ShareError."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise share_error(f"The folder {folder} cannot be made.", error) from error

    def change(self, edit: SettingsEdit) -> None:
        """Change the settings as they are now. Raises ContractError."""
        self._change(edit(self._settings()))
