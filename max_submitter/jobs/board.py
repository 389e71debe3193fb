"""The list of this artist's jobs, and what this machine does about them. Everything here runs on the main thread.

News come from the watcher; files and messages go through the hands; the scene is touched here only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from flatiron_tasks.contracts.event import Event
from flatiron_tasks.contracts.job_view import JobView
from flatiron_tasks.share.path_mapping import PathMapping
from max_submitter.jobs.applying import Due, apply, find_due
from max_submitter.jobs.collecting import Acknowledge, collect_finished
from max_submitter.jobs.hands import Action
from max_submitter.jobs.ledger import Ledger, LedgerEntry
from max_submitter.jobs.rows import ENDED, announced, job_row
from max_submitter.jobs.thumbnails import fetch_thumbnail
from max_submitter.jobs.watcher import News
from max_submitter.scene.port import SceneChange, ScenePort
from max_submitter.session.port import JobRow

_MOST_NOTES: Final = 20
_KEEP_ENDED: Final = timedelta(days=30)

Post = Callable[[Callable[[], None]], None]
"""Runs something on the main thread, soon."""


class Worker(Protocol):
    """Does what may be slow, in order; `hands.Hands` is one."""

    def do(self, what: str, action: Action) -> None:
        """Do something soon."""
        ...


@dataclass(frozen=True)
class Home:
    """Where this machine and its artist are."""

    artist: str
    host: str
    mapping: PathMapping
    thumbnails: Path


@dataclass(frozen=True)
class _Clock:
    """The clock that dates views, as far as it is known here."""

    now: Callable[[], datetime]
    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return self.now() + self.ahead

    def set(self, now: datetime | None) -> _Clock:
        return self if now is None else _Clock(self.now, now - self.now())


class JobBoard:
    """All jobs, newest first, and their textures in the scene."""

    def __init__(
        self,
        home: Home,
        scene: ScenePort,
        ledger: Ledger,
        hands: Worker,
        acknowledge: Callable[[str], Acknowledge],
        *,
        post: Post,
        changed: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        self._home = home
        self._scene = scene
        self._ledger = ledger
        self._hands = hands
        self._acknowledge = acknowledge
        self._post = post
        self._changed = changed
        self._clock = _Clock(now)
        self._entries = ledger.entries()
        self._views: dict[str, JobView] = {}
        self._local: set[str] = set()
        self._notes: dict[str, tuple[str, ...]] = {}
        self._pictures: dict[str, Path] = {}
        self._trouble = ""
        self._scene_path = scene.scene_file().path

    def rows(self) -> tuple[JobRow, ...]:
        """All jobs, newest first."""
        now = self._clock()
        shown = {**{job_id: self._announced(entry) for job_id, entry in self._entries.items()}, **self._views}
        return tuple(
            job_row(view, now, thumbnail=self._pictures.get(job_id), notes=self._notes.get(job_id, ()))
            for job_id, view in sorted(shown.items(), reverse=True)
        )

    def trouble(self) -> str:
        """Why the list may be out of date; empty if it is not."""
        return self._trouble

    def take(self, news: News) -> None:
        """Take over what the watcher found."""
        self._trouble = news.trouble
        self._clock = self._clock.set(news.now)
        if news.is_everything:
            self._views = {job_id: view for job_id, view in self._views.items() if job_id in self._local}
            self._forget_old(news)
        for event in news.heard:
            self._hear(event)
        for view in news.views.values():
            self._show(view)
        self._changed()

    def note_submitted(self, entry: LedgerEntry) -> None:
        """A job was submitted from this machine a moment ago; the ledger has it from now on."""
        self._entries[entry.job_id] = entry
        self._keep(entry)
        self._changed()

    def show_local(self, view: JobView) -> None:
        """Show a job that runs on this machine, which no worker publishes."""
        self._local.add(view.job_id)
        self._show(view)
        self._changed()

    def note(self, job_id: str, text: str) -> None:
        """Add a sentence to a job: what happened on this machine."""
        known = self._notes.get(job_id, ())
        if not known or known[-1] != text:
            self._notes[job_id] = (*known, text)[-_MOST_NOTES:]
            self._changed()

    def view(self, job_id: str) -> JobView | None:
        """One job as it is known now."""
        entry = self._entries.get(job_id)
        return self._views.get(job_id) or (self._announced(entry) if entry else None)

    def scene_changed(self, change: SceneChange) -> None:
        """Another scene may be open, or the same one under another name."""
        path, before = self._scene.scene_file().path, self._scene_path
        self._scene_path = path
        if change == "saved" and path is not None and before is not None and path != before:
            for entry in [item for item in self._entries.values() if item.is_shown_in(before)]:
                self._replace(entry.with_scene(path))
        if change in ("opened", "saved"):
            for job_id in self._entries:
                self._look(job_id)

    def _show(self, view: JobView) -> None:
        before = self._views.get(view.job_id)
        if before is not None and before.sequence > view.sequence and before.created_at == view.created_at:
            return  # an older picture, read a moment ago
        self._views[view.job_id] = view
        if before is None or before.textures != view.textures:
            self._hands.do(f"Fetching the preview of {view.job_name}", partial(self._fetch_thumbnail, view))
            self._look(view.job_id)

    def _look(self, job_id: str) -> None:
        """Collect and apply what is finished of a job of this machine, if its scene is open."""
        entry, view = self._entries.get(job_id), self._views.get(job_id)
        if entry is None or view is None:
            return
        if any(texture.state == "collectable" for texture in view.textures):
            self._release(entry)
            self._hands.do(f"Collecting the textures of {view.job_name}", partial(self._collect, entry, view))
        elif view.state in ("merging", "delivering"):
            self._release(entry)
        if entry.is_shown_in(self._scene_path):
            self._hands.do(f"Looking for textures of {view.job_name}", partial(self._find_due, view, entry))

    def _release(self, entry: LedgerEntry) -> None:
        """A file that 3ds Max holds open cannot be replaced on Windows."""
        if entry.is_shown_in(self._scene_path):
            for texture in entry.textures:
                self._scene.release(Path(texture.shown))

    def _collect(self, entry: LedgerEntry, view: JobView) -> None:
        for text in collect_finished(entry, view, self._home.mapping, self._acknowledge(entry.job_id)):
            self._post(partial(self.note, entry.job_id, text))

    def _find_due(self, view: JobView, entry: LedgerEntry) -> None:
        due = find_due(view, entry, self._home.mapping)
        if due:
            self._post(partial(self._apply, entry.job_id, due))

    def _apply(self, job_id: str, due: tuple[Due, ...]) -> None:
        entry = self._entries.get(job_id)
        if entry is None or not entry.is_shown_in(self._scene.scene_file().path):
            return  # another scene was opened meanwhile: nothing in it is touched
        entry, notes = apply(self._scene, entry, due)
        self._replace(entry)
        for text in notes:
            self.note(job_id, text)
        if not any(texture.applied == "" for texture in entry.textures):
            self.note(job_id, "All textures are in the scene.")

    def _replace(self, entry: LedgerEntry) -> None:
        if self._entries.get(entry.job_id) != entry:
            self._entries[entry.job_id] = entry
            self._keep(entry)

    def _keep(self, entry: LedgerEntry) -> None:
        self._hands.do(f"Remembering job {entry.job_id}", partial(self._ledger.keep, entry))

    def _fetch_thumbnail(self, view: JobView) -> None:
        found = fetch_thumbnail(view, self._home.mapping, self._home.thumbnails)
        if found is not None:
            self._post(partial(self._take_picture, view.job_id, found))

    def _take_picture(self, job_id: str, path: Path) -> None:
        self._pictures[job_id] = path
        self._changed()

    def _hear(self, event: Event) -> None:
        if event.kind == "note":
            self.note(event.job_id, event.sentence)

    def _forget_old(self, news: News) -> None:
        """Entries of jobs that nobody knows any more, and that ended long ago, or never reached a worker."""
        oldest = self._clock() - _KEEP_ENDED
        for job_id, entry in list(self._entries.items()):
            view = news.views.get(job_id)
            if (view is None or view.state in ENDED) and entry.is_older_than(oldest):
                del self._entries[job_id]
                self._hands.do(f"Forgetting job {job_id}", partial(self._ledger.forget, job_id))

    def _announced(self, entry: LedgerEntry) -> JobView:
        return announced(entry, artist=self._home.artist, host=self._home.host, now=self._clock())
