"""What a Fix button can do. The session gives it; checks only bind it to what they found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from max_submitter.bake_settings import BakeSettings

SettingsEdit = Callable[[BakeSettings], BakeSettings]
"""From the settings of now to mended ones: a finding may be older than the last change."""


class Fixes(Protocol):
    """Called on the main thread when a person presses Fix. Every method may raise FlatironError."""

    def save_scene(self) -> None:
        """Save the scene to its own file."""
        ...

    def rename(self, handle: int, name: str) -> None:
        """Give an object another name."""
        ...

    def remove_exposure(self) -> None:
        """Switch exposure control off."""
        ...

    def make_folder(self, folder: Path) -> None:
        """Make a folder and its parents."""
        ...

    def change(self, edit: SettingsEdit) -> None:
        """Change the settings as they are now."""
        ...
