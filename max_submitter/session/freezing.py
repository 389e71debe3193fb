"""Press Bake, first part, on the main thread: take all facts and a copy of the scene at one moment.

What the artist does to scene and settings afterwards changes nothing of the bake.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.errors import SceneError
from flatiron_tasks.share.path_mapping import PathMapping
from max_submitter.bake_settings import ArtistConfiguration, BakeSettings
from max_submitter.request import BakeRequest
from max_submitter.scene.port import ScenePort
from max_submitter.session.local_bake import LocalPlace
from max_submitter.session.plan import GroupPlan, plan_groups, request_for
from max_submitter.session.session_folder import SessionFolder

_UNSAVED: Final = "untitled.max"


@dataclass(frozen=True)
class Frozen:
    """What is baked, decided. Plans and requests belong together one by one."""

    plans: tuple[GroupPlan, ...]
    requests: tuple[BakeRequest, ...]
    scene_path: Path | None
    copy: Path
    frame: int
    """The frame that the artist was looking at."""


def freeze(
    scene: ScenePort,
    settings: BakeSettings,
    configuration: ArtistConfiguration,
    folder: SessionFolder,
    place: LocalPlace | None,
) -> Frozen:
    """Take the facts and save the copy. With a `place` the bake is for this machine.

    The scene keeps its own file and whether it counts as modified. Raises SceneError, ContractError, ShareError,
    PathMappingError.
    """
    path, frame = scene.scene_file().path, scene.frame_range().current
    plans = plan_groups(settings, scene.groups(), scene.selection(), frame)
    copy = folder.new_scene_folder() / (path.name if path else _UNSAVED)
    requests = tuple(
        request_for(
            plan,
            configuration,
            scene=copy,
            scene_name=copy.stem,
            network_folder=place.folder if place else Path(settings.network.network_folder),
            mapping=place.mapping if place else PathMapping(configuration.path_rules),
        )
        for plan in plans
    )
    _save_copy(scene, copy)
    return Frozen(plans, requests, path, copy, frame)


def _save_copy(scene: ScenePort, copy: Path) -> None:
    """3ds Max was seen to save nothing without saying so: look for the file."""
    scene.save_copy(copy)
    if not copy.is_file() or copy.stat().st_size == 0:
        raise SceneError(
            "3ds Max did not save a copy of the scene.",
            why=f"{copy} is not there or is empty.",
            advice="Check that the disk of this machine has free space, then bake again.",
        )
