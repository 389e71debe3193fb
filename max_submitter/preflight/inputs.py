"""What checks look at: settings and facts of the scene, immutable, so that any thread may check. Asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from flatiron_tasks.share.path_mapping import THIS_MACHINE, Flavour
from max_submitter.bake_settings import ArtistConfiguration, BakeSettings, ElementSettings
from max_submitter.scene.facts import FrameRange, ObjectGroup, RendererFacts, SceneFile, SceneObject, UvTriangles


@dataclass(frozen=True)
class SceneFacts:
    """One look at the scene, as `gathering.Gathering` takes it."""

    asked_groups: tuple[str, ...]
    """Groups that were asked for; none for the selection."""
    uv_channel: int
    """UV channel that was asked for."""
    file: SceneFile
    groups: tuple[ObjectGroup, ...]
    """Groups to bake, one job each, in the order asked for; those without objects too."""
    missing_groups: tuple[str, ...]
    """Groups that were asked for and that the scene no longer has."""
    renderer: RendererFacts
    used_files: tuple[str, ...]
    """Paths of the files that the scene uses, there or not."""
    frames: FrameRange
    uvs: Mapping[int, UvTriangles] = field(default_factory=lambda: MappingProxyType({}))
    """Handle of an object -> its UVs; objects without the channel are left out."""
    has_uvs: bool = False
    """Whether the UVs of all objects were asked for; until then nothing can be said of them."""

    def answers(self, settings: BakeSettings) -> bool:
        """Whether these are the facts that the settings need; otherwise the scene must be looked at again."""
        return self.asked_groups == settings.groups and self.uv_channel == settings.uv_channel


@dataclass(frozen=True)
class PreflightInput:
    """Everything that is known without touching a file or the network."""

    settings: BakeSettings
    configuration: ArtistConfiguration
    scene: SceneFacts
    flavour: Flavour = THIS_MACHINE
    """How paths are spelt on this machine."""

    @cached_property
    def elements(self) -> tuple[ElementSettings, ...]:
        """The elements that are switched on."""
        return tuple(element for element in self.settings.elements if element.enabled)

    @cached_property
    def objects(self) -> tuple[SceneObject, ...]:
        """All objects of all groups, each once, in order."""
        return tuple({item.handle: item for group in self.scene.groups for item in group.objects}.values())

    @property
    def frames(self) -> range:
        """The frames that are baked; empty if the range ends before it begins."""
        if self.settings.use_range:
            return range(self.settings.first_frame, self.settings.last_frame + 1)
        return range(self.scene.frames.current, self.scene.frames.current + 1)

    @property
    def is_network_bake(self) -> bool:
        """Whether it renders on the farm."""
        return self.settings.network.enabled


def maps_of(group: ObjectGroup) -> dict[int, tuple[SceneObject, ...]]:
    """Map index -> the objects that are unwrapped into it, in order."""
    indices = sorted({item.map_index for item in group.objects})
    return {index: tuple(item for item in group.objects if item.map_index == index) for index in indices}
