"""What this machine does about finished textures: fetch what only it can reach, let the scene show what is there.

Main thread, and the scene is touched here only. Files are looked at by the helper for files; one texture is shown per
turn of the main thread, since 3ds Max looks through all bitmaps of the scene each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from flatiron_tasks.contracts.errors import PathMappingError, SceneError
from flatiron_tasks.contracts.job_view import JobView
from flatiron_tasks.share.path_mapping import PathMapping
from max_submitter.jobs.applying import Due, apply, ending, find_due, is_all_applied
from max_submitter.jobs.collecting import Acknowledge, collect_finished
from max_submitter.jobs.entries import KnownEntries
from max_submitter.jobs.hands import Action, Worker
from max_submitter.jobs.ledger import LedgerEntry
from max_submitter.scene.port import SceneChange, ScenePort

_PAUSE_MS: Final = 1
_ABOUT_TO_BE_REPLACED: Final = ("merging", "delivering")


@dataclass(frozen=True)
class Home:
    """Where this machine and its artist are."""

    artist: str
    host: str
    mapping: PathMapping
    thumbnails: Path


class Timer(Protocol):
    """The main thread's own; `session.background.After` is one."""

    def __call__(self, milliseconds: int, action: Action) -> None:
        """Run something on the main thread after that time."""
        ...


class Finishing:
    """Knows which scene is open. `note` adds a sentence to a job, `post` runs something on the main thread."""

    def __init__(
        self,
        home: Home,
        scene: ScenePort,
        entries: KnownEntries,
        files: Worker,
        acknowledge: Callable[[str], Acknowledge],
        *,
        note: Callable[[str, str], None],
        post: Callable[[Action], None],
        after: Timer,
    ) -> None:
        self._home = home
        self._scene = scene
        self._entries = entries
        self._files = files
        self._acknowledge = acknowledge
        self._note = note
        self._post = post
        self._after = after
        self._released: dict[str, str] = {}
        self._bitmaps: dict[str, dict[int, int]] = {}
        self._trouble = ""
        self._scene_path = self._ask_scene_path()

    @property
    def trouble(self) -> str:
        """Why it is not known which scene is open; empty if it is. Nothing is touched meanwhile."""
        return self._trouble

    def scene_changed(self, change: SceneChange) -> None:
        """Another scene may be open, or the same one under another name."""
        before, self._scene_path = self._scene_path, self._ask_scene_path()
        path = self._scene_path
        if change == "opened":
            self._released.clear()  # it holds its files open anew
        if change == "saved" and path is not None and before is not None and path != before:
            for entry in self._entries.all():
                if entry.is_shown_in(before):
                    self._entries.keep(entry.with_scene(path))

    def is_open(self, view: JobView) -> bool:
        """Whether something of a job is left to do here, as far as is known without looking at files."""
        entry = self._entries.get(view.job_id)
        if _is_collectable(view):
            return True
        return entry is not None and entry.is_shown_in(self._scene_path) and not is_all_applied(entry)

    def look(self, view: JobView) -> None:
        """Collect what is finished of a job of this machine, and show it if its scene is open. Raises SceneError."""
        entry = self._entries.get(view.job_id)
        is_ours = entry is not None or (view.host, view.artist) == (self._home.host, self._home.artist)
        if is_ours and _is_collectable(view):
            self._files.do(
                f"Collecting the textures of {view.job_name} ({view.job_id})",
                partial(self._collect, entry, view),
                replaces=True,
            )
        if entry is None or not entry.is_shown_in(self._scene_path):
            return
        self._files.do(
            f"Looking for textures of {view.job_name} ({view.job_id})",
            partial(self._find_due, view, entry),
            replaces=True,
        )
        self._release(entry, view)

    def _release(self, entry: LedgerEntry, view: JobView) -> None:
        """A file that 3ds Max holds open cannot be replaced on Windows. Once per state: it costs all bitmaps."""
        state = "collectable" if _is_collectable(view) else view.state
        if (_is_collectable(view) or state in _ABOUT_TO_BE_REPLACED) and self._released.get(view.job_id) != state:
            self._scene.release(*(Path(texture.shown) for texture in entry.textures))
            self._released[view.job_id] = state

    def _collect(self, entry: LedgerEntry | None, view: JobView) -> None:
        for text in self._collected(entry, view):
            self._post(partial(self._note, view.job_id, text))

    def _collected(self, entry: LedgerEntry | None, view: JobView) -> tuple[str, ...]:
        """Without an entry (the program ended before it was written) the view says where the textures belong."""
        try:
            folder = Path(entry.output_folder if entry else self._home.mapping.to_local(view.output_folder))
        except PathMappingError as error:
            return (str(error),)
        return collect_finished(view, folder, self._home.mapping, self._acknowledge(view.job_id))

    def _find_due(self, view: JobView, entry: LedgerEntry) -> None:
        due = find_due(view, entry, self._home.mapping)
        if due:
            self._post(partial(self._apply, view.job_id, due))

    def _apply(self, job_id: str, due: tuple[Due, ...]) -> None:
        """Show the first one, and the others in later turns."""
        entry = self._entries.get(job_id)
        self._scene_path = self._ask_scene_path()
        if entry is None or not entry.is_shown_in(self._scene_path):
            return  # another scene was opened meanwhile: nothing in it is touched
        first, *rest = due
        if entry.textures[first.index].applied != first.signature:
            self._show(entry, first, is_last=not rest)
        if rest:
            self._after(_PAUSE_MS, partial(self._apply, job_id, tuple(rest)))

    def _show(self, entry: LedgerEntry, due: Due, *, is_last: bool) -> None:
        applied = apply(self._scene, entry, due)
        self._entries.keep(applied.entry)
        bitmaps = self._bitmaps.setdefault(entry.job_id, {})
        if applied.bitmaps is not None:
            bitmaps[due.index] = applied.bitmaps
        if applied.note:
            self._note(entry.job_id, applied.note)
        if is_last and is_all_applied(applied.entry):
            self._note(entry.job_id, ending(bitmaps, len(entry.textures)))

    def _ask_scene_path(self) -> Path | None:
        try:
            path = self._scene.scene_file().path
        except SceneError as error:
            self._trouble = str(error)
            return None
        self._trouble = ""
        return path


def _is_collectable(view: JobView) -> bool:
    return any(texture.state == "collectable" for texture in view.textures)
