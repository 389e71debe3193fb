"""What pressing Bake would do: the jobs, their textures and the slots that show them. Pure: plain data in and out.

File names come from `contracts.job.texture_names`, as everywhere; nothing reads a name to find out what a file is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.elements import piece_type_for
from flatiron_tasks.contracts.errors import SceneError, SettingsError
from flatiron_tasks.contracts.job import BakeObject, Element, FarmTarget, Frames, Padding, Renderer, texture_names
from flatiron_tasks.share.path_mapping import PathMapping
from max_submitter.bake_settings import ArtistConfiguration, BakeSettings, ElementSettings
from max_submitter.description import MOST_TEXTURES
from max_submitter.request import BakeRequest
from max_submitter.scene.facts import Assignment, ObjectGroup

_LONGEST_NAME: Final = 120


@dataclass(frozen=True)
class PlannedTexture:
    """One texture of a group, before anything is made."""

    element: str
    slot: str
    map_index: int
    frame: int
    path: Path


@dataclass(frozen=True)
class GroupPlan:
    """One bake job to be: an unwrap group under the settings."""

    settings: BakeSettings
    group: ObjectGroup
    frames: Frames

    @property
    def map_count(self) -> int:
        """Number of atlases that the group is spread over."""
        return 1 + max((item.map_index for item in self.group.objects), default=0)

    @property
    def elements(self) -> tuple[Element, ...]:
        """The enabled elements. Raises ContractError for a combination that cannot be baked."""
        return tuple(_element(item) for item in self.settings.elements if item.enabled)

    def textures(self) -> tuple[PlannedTexture, ...]:
        """All textures in plan order. Raises BadInputError for impossible names, formats or far too many frames."""
        folder, elements = Path(self.settings.output_folder), self.elements
        self._refuse_too_many(len(elements))
        names = iter(texture_names(self.group.name, elements, self.map_count, self.frames))
        return tuple(
            PlannedTexture(element.name, element.slot, map_index, frame, folder / next(names))
            for element in elements
            for map_index in range(self.map_count)
            for frame in range(self.frames.first, self.frames.last + 1)
        )

    def assignments(self, shown_frame: int) -> Iterator[Assignment]:
        """Which slots show which texture. Of a range one frame is shown: `shown_frame`, or the first."""
        frame = shown_frame if self.frames.first <= shown_frame <= self.frames.last else self.frames.first
        for texture in self.textures():
            if texture.slot and texture.frame == frame:
                for item in self.group.objects:
                    if item.map_index == texture.map_index:
                        channel, shell = self.settings.uv_channel, self.settings.shell
                        yield Assignment(item.handle, texture.slot, texture.path, channel, shell)

    def _refuse_too_many(self, elements: int) -> None:
        count = elements * self.map_count * (self.frames.last - self.frames.first + 1)
        if count > MOST_TEXTURES:
            raise SettingsError(f"The bake would make {count} textures.", advice="Check the frame range.")


def plan_groups(
    settings: BakeSettings, groups: Sequence[ObjectGroup], selection: ObjectGroup, current_frame: int
) -> tuple[GroupPlan, ...]:
    """One plan per chosen group, or one of the selection. Raises SceneError for a group that the scene does not have,
    ContractError for a frame range that ends before it begins."""
    frames = _frames(settings, current_frame)
    return tuple(GroupPlan(settings, group, frames) for group in _chosen(settings, groups, selection))


def request_for(
    plan: GroupPlan,
    configuration: ArtistConfiguration,
    *,
    scene: Path,
    scene_name: str,
    network_folder: Path,
    mapping: PathMapping,
) -> BakeRequest:
    """The submission of one group. `scene` is the copy that goes along, `scene_name` what people call it.

    Raises ContractError for values out of range.
    """
    settings, elements = plan.settings, plan.elements
    return BakeRequest(
        job_name=job_name(scene_name, plan.group.name),
        group=plan.group.name,
        mode=settings.mode,
        scene=scene,
        copy_scene=True,
        renderer=Renderer(configuration.renderer, {}),
        objects=tuple(BakeObject(item.name, item.map_index, settings.uv_channel) for item in plan.group.objects),
        elements=elements,
        output_folder=Path(settings.output_folder),
        network_folder=network_folder,
        farm=_farm(settings, configuration),
        map_count=plan.map_count,
        frames=plan.frames,
        strips=settings.strips,
        piece_type=piece_type_for(element.pixel_type for element in elements),
        padding=Padding(settings.padding, settings.fill_all, wrap=False),
        path_mapping=mapping,
        overwrite=settings.overwrite,
        artist=configuration.artist,
    )


def job_name(scene_name: str, group: str) -> str:
    """What people call the job: the scene, and the group if it has a name."""
    text = f"{scene_name} – {group}" if group else scene_name
    return "".join(sign if sign.isprintable() else " " for sign in text).strip()[:_LONGEST_NAME].rstrip() or "Bake"


def _chosen(settings: BakeSettings, groups: Sequence[ObjectGroup], selection: ObjectGroup) -> Iterable[ObjectGroup]:
    if not settings.groups:
        return (selection,)
    known = {group.name: group for group in groups}
    missing = [name for name in settings.groups if name not in known]
    if missing:
        raise SceneError(
            f"The scene has no group {missing[0]!r}.",
            why="It was renamed or deleted, or the settings come from another scene.",
            advice="Choose the groups again.",
        )
    return tuple(known[name] for name in dict.fromkeys(settings.groups))


def _frames(settings: BakeSettings, current_frame: int) -> Frames:
    if settings.use_range:
        return Frames(settings.first_frame, settings.last_frame, is_range=True)
    return Frames(current_frame, current_frame, is_range=False)


def _element(item: ElementSettings) -> Element:
    return Element(
        name=item.name,
        kind=item.kind,
        stem=item.stem,
        file_format=item.file_format,
        pixel_type=item.pixel_type,
        alpha=item.alpha,
        width=item.width,
        height=item.height,
        slot=item.slot,
        transfer="auto",
        dither=False,
    )


def _farm(settings: BakeSettings, configuration: ArtistConfiguration) -> FarmTarget:
    """Where it renders. A bake on this machine has no manager; the name is never asked for."""
    network = settings.network
    manager = network.manager.strip() if network.enabled else "localhost"
    return FarmTarget(manager, network.port, network.priority, network.server_group, configuration.task_timeout_minutes)
