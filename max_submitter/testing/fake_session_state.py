"""What a `FakeSession` shows: everything that a panel can see, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.elements import extension
from max_submitter.artist_configuration import NOT_SET_UP
from max_submitter.bake_settings import ArtistConfiguration, BakeSettings, NetworkSettings
from max_submitter.preflight.finding import Finding
from max_submitter.scene.facts import ObjectGroup, RendererFacts
from max_submitter.session.port import BakeProgress, ConnectionLine, JobRow, PlannedFile

NO_NETWORK: Final = NetworkSettings(False, "", 3234, "", 50, "")
FRESH_SETTINGS: Final = BakeSettings(
    schema_version=1,
    groups=(),
    uv_channel=1,
    elements=(),
    mode="single",
    strips=1,
    padding=4,
    fill_all=False,
    use_range=False,
    first_frame=0,
    last_frame=100,
    output_folder="",
    shell=False,
    overwrite=False,
    network=NO_NETWORK,
)


@dataclass(frozen=True)
class FakeSessionState:
    """A machine on which nothing was set yet, unless said otherwise."""

    settings: BakeSettings = FRESH_SETTINGS
    configuration: ArtistConfiguration = NOT_SET_UP
    groups: tuple[ObjectGroup, ...] = ()
    renderer: RendererFacts | None = None
    findings: tuple[Finding, ...] = ()
    is_checking: bool = False
    reason: str = ""
    """Why Bake is disabled besides the findings."""
    progress: BakeProgress | None = None
    test_lines: tuple[ConnectionLine, ...] = ()
    jobs: tuple[JobRow, ...] = ()
    trouble: str = ""
    existing: frozenset[str] = frozenset()
    """Names of files that are there already."""


def planned_files(state: FakeSessionState) -> tuple[PlannedFile, ...]:
    """One file per group, enabled element and frame. A real session plans them with the scene's map indices."""
    settings = state.settings
    if not settings.output_folder:
        return ()
    frames = range(settings.first_frame, settings.last_frame + 1) if settings.use_range else (None,)
    return tuple(
        _planned(
            state, "_".join(part for part in (group, element.stem) if part), frame, element.file_format, element.name
        )
        for group in settings.groups or ("",)
        for element in settings.elements
        if element.enabled
        for frame in frames
    )


def _planned(state: FakeSessionState, stem: str, frame: int | None, file_format: str, element: str) -> PlannedFile:
    name = stem + ("" if frame is None else f"_{frame:04}") + extension(file_format)
    return PlannedFile(element, Path(state.settings.output_folder) / name, exists=name in state.existing)
