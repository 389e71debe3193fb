"""The final path of every file, before anything is sent. Found in a thread: there may be thousands, on a slow share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flatiron_tasks.contracts.errors import FlatironError
from max_submitter.bake_settings import BakeSettings
from max_submitter.preflight.inputs import SceneFacts
from max_submitter.session.background import Background
from max_submitter.session.plan import plan_groups
from max_submitter.session.port import PlannedFile


class PlannedFiles:
    """Keeps the list up to date; one look at a time, and the last one asked for counts."""

    def __init__(self, background: Background, changed: Callable[[], None]) -> None:
        self._background = background
        self._changed = changed
        self._files: tuple[PlannedFile, ...] = ()
        self._wanted: tuple[BakeSettings, SceneFacts] | None = None
        self._is_looking = False

    @property
    def files(self) -> tuple[PlannedFile, ...]:
        """What was found last."""
        return self._files

    def look(self, settings: BakeSettings, facts: SceneFacts | None) -> None:
        """Find out anew, soon."""
        if facts is not None:
            self._wanted = (settings, facts)
            self._start()

    def _start(self) -> None:
        if self._is_looking or self._wanted is None:
            return
        self._is_looking = True
        wanted, self._wanted = self._wanted, None
        self._background.run("planned files", lambda: planned_files(*wanted), self._take, lambda _: self._take(()))

    def _take(self, files: tuple[PlannedFile, ...]) -> None:
        self._is_looking = False
        if files != self._files:
            self._files = files
            self._changed()
        self._start()


def planned_files(settings: BakeSettings, facts: SceneFacts) -> tuple[PlannedFile, ...]:
    """Every file in plan order; none while the settings give none: preflight says why."""
    if not settings.output_folder.strip() or facts.missing_groups:
        return ()
    selection = facts.groups[0] if facts.groups else None
    if selection is None:
        return ()
    try:
        plans = plan_groups(settings, facts.groups, selection, facts.frames.current)
        textures = [texture for plan in plans for texture in plan.textures()]
    except FlatironError:
        return ()
    return tuple(PlannedFile(texture.element, texture.path, _exists(texture.path)) for texture in textures)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # the share is away: preflight says so
        return False
