"""The settings of now, and when they are written down: a moment after the last change, to the scene and to the user.

The scene gets its note on the main thread, the user's file is written in a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flatiron_tasks.contracts.errors import FlatironError
from max_submitter.bake_settings import BakeSettings
from max_submitter.scene.port import ScenePort
from max_submitter.session.background import After, Background
from max_submitter.session.sticky import StickySettings

_REST_MS: Final = 500


class SettingsKeeper:
    """Everything belongs to the main thread. `report` hears of what could not be kept."""

    def __init__(
        self,
        scene: ScenePort,
        sticky: StickySettings,
        *,
        background: Background,
        after: After,
        report: Callable[[str], None],
    ) -> None:
        self._scene = scene
        self._sticky = sticky
        self._background = background
        self._after = after
        self._report = report
        self._is_waiting = False
        self._changes = 0
        self.settings = self._load()

    def change(self, settings: BakeSettings) -> None:
        """Take over settings; they are written down when nothing was changed for a moment."""
        self.settings = settings
        self._is_waiting = True
        self._changes += 1
        changes = self._changes
        self._after(_REST_MS, lambda: self.flush() if changes == self._changes else None)

    def flush(self) -> None:
        """Write down what waits for it."""
        if not self._is_waiting:
            return
        self._is_waiting = False
        settings = self.settings
        try:
            self._sticky.keep_in_scene(self._scene, settings)
        except FlatironError as error:
            self._report(str(error))
        self._background.run(
            "keeping settings", lambda: self._sticky.keep(settings), lambda _: None, lambda e: self._report(str(e))
        )

    def scene_replaced(self) -> None:
        """Another scene is open: what waits belongs to the one before, and the new one may have settings of its own."""
        self._is_waiting = False
        self.settings = self._load()

    def _load(self) -> BakeSettings:
        try:
            found = self._sticky.of_scene(self._scene)
        except FlatironError as error:
            self._report(str(error))
            found = None
        settings = found or self._sticky.of_user()
        while self._sticky.troubles:
            self._report(self._sticky.troubles.pop(0))
        return settings
