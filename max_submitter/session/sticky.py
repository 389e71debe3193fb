"""What the artist set last: kept in the scene, and per user as the default of other scenes.

A note or file that cannot be understood is kept aside and reported, never lost and never in the way.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.errors import ContractError, FlatironError
from flatiron_tasks.share.atomic import share_error, write_atomically
from max_submitter.bake_settings import BakeSettings, ElementSettings, NetworkSettings
from max_submitter.scene.port import ScenePort

NOTE: Final = "flatiron.bake_settings"
"""Key of the note in the scene."""
UNREADABLE_NOTE: Final = "flatiron.bake_settings.unreadable"
FILE_NAME: Final = "bake-settings.json"
BACKBURNER_PORT: Final = 3234
"""The port that Backburner's Manager listens on (Backburner installation guide, "Backburner Manager")."""

DEFAULTS: Final = BakeSettings(  # noqa: S604 - `shell` is a material
    schema_version=1,
    groups=(),
    uv_channel=1,
    elements=(
        ElementSettings(
            enabled=True,
            name="CompleteMap",
            kind="color",
            stem="CompleteMap",
            file_format="png",
            pixel_type="uint8",
            alpha=True,
            width=1024,
            height=1024,
            slot="",
        ),
    ),
    mode="multi",
    strips=1,
    padding=4,
    fill_all=False,
    use_range=False,
    first_frame=0,
    last_frame=0,
    output_folder="",
    shell=True,
    overwrite=False,
    network=NetworkSettings(
        enabled=True, manager="", port=BACKBURNER_PORT, network_folder="", priority=50, server_group=""
    ),
)


class StickySettings:
    """Reads and writes both places. The scene's belong to the main thread, as all of the scene does."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self.troubles: list[str] = []
        """What could not be read or written, a sentence each."""

    def of_user(self) -> BakeSettings:
        """The settings that this user had last, or the defaults."""
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return DEFAULTS
        except OSError as error:
            self.troubles.append(str(share_error(f"The last settings {self._path} cannot be read.", error)))
            return DEFAULTS
        try:
            return BakeSettings.from_json(text, source=str(self._path))
        except ContractError as error:
            self._put_aside(error)
            return DEFAULTS

    def of_scene(self, scene: ScenePort) -> BakeSettings | None:
        """The settings that the scene keeps; None if it keeps none. Raises SceneError."""
        text = scene.read_note(NOTE)
        if not text:
            return None
        try:
            return BakeSettings.from_json(text, source="The scene's bake settings")
        except ContractError as error:
            scene.write_note(UNREADABLE_NOTE, text)
            scene.write_note(NOTE, "")
            self.troubles.append(f"{error.what} They are kept aside in the scene; the last ones are used instead.")
            return None

    def keep(self, settings: BakeSettings) -> None:
        """Keep the settings for other scenes. Raises ShareError."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise share_error(f"{self._path.parent} cannot be made.", error) from error
        write_atomically(self._path, settings.to_json())

    @staticmethod
    def keep_in_scene(scene: ScenePort, settings: BakeSettings) -> None:
        """Keep the settings in the scene. Raises SceneError."""
        scene.write_note(NOTE, settings.to_json())

    def report(self, error: FlatironError) -> None:
        """Remember an error for the artist."""
        self.troubles.append(str(error))

    def _put_aside(self, error: ContractError) -> None:
        aside = self._path.with_name(f"{FILE_NAME}.unreadable")
        try:
            self._path.replace(aside)
        except OSError as failed:
            self.troubles.append(str(share_error(f"{self._path} cannot be put aside.", failed)))
            return
        self.troubles.append(f"{error.what} The file is kept as {aside}; settings begin anew.")
