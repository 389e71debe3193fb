"""The list of this artist's jobs, and what this machine does about them. Everything here runs on the main thread.

News come from the watcher; files and messages go through the helpers; `finishing` touches the scene.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.errors import FlatironError
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.contracts.job_view import JobView
from max_submitter.jobs.collecting import Acknowledge
from max_submitter.jobs.entries import KnownEntries
from max_submitter.jobs.finishing import Finishing, Home, Timer
from max_submitter.jobs.hands import Helpers
from max_submitter.jobs.known_rows import KnownRows
from max_submitter.jobs.ledger import Ledger, LedgerEntry
from max_submitter.jobs.rows import ENDED, announced
from max_submitter.jobs.thumbnails import fetch_thumbnail
from max_submitter.jobs.watcher import News
from max_submitter.scene.port import SceneChange, ScenePort
from max_submitter.session.port import JobRow
from max_submitter.session.turns import Turns

log = logging.getLogger(__name__)
_MOST_NOTES: Final = 20
_KEEP_ENDED: Final = timedelta(days=30)

Post = Callable[[Callable[[], None]], None]
"""Runs something on the main thread, soon."""


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
        helpers: Helpers,
        acknowledge: Callable[[str], Acknowledge],
        *,
        post: Post,
        after: Timer,
        changed: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        self._home = home
        self._pictures_hand = helpers.pictures
        self._post = post
        self._changed = changed
        self._clock = _Clock(now)
        self._entries = KnownEntries(ledger, helpers.desk, self._announced)
        self._finishing = Finishing(
            home, scene, self._entries, helpers.files, acknowledge, note=self.note, post=post, after=after
        )
        self._views: dict[str, JobView] = {}
        self._local: set[str] = set()
        self._notes: dict[str, tuple[str, ...]] = {}
        self._pictures: dict[str, Path] = {}
        self._trouble = ""
        self._left_out = ""
        self._rows = KnownRows()
        self._turns = Turns(after)
        self._to_look_at: dict[str, None] = {}
        self._entries.load(post, self._entries_read)

    def rows(self) -> tuple[JobRow, ...]:
        """All jobs, newest first. One that cannot be shown is told as trouble, and keeps no other from being shown."""
        now = self._clock().replace(microsecond=0)
        unseen = (entry for entry in self._entries.all() if entry.job_id not in self._views)
        shown = {**self._views, **{entry.job_id: self._entries.announced(entry) for entry in unseen}}
        self._rows.keep_only(set(shown))
        rows = [self._row(view, now) for _, view in sorted(shown.items(), reverse=True)]
        return tuple(row for row in rows if row is not None)

    def trouble(self) -> str:
        """Why the list may be out of date or incomplete; empty if it is not."""
        unshown = f"{self._rows.unshown} job(s) of this list cannot be shown." if self._rows.unshown else ""
        return self._trouble or self._left_out or unshown or self._finishing.trouble

    def take(self, news: News) -> None:
        """Take over what the watcher found."""
        self._trouble = news.trouble
        self._clock = self._clock.set(news.now)
        if news.is_everything:
            self._left_out = news.left_out
            kept = self._local | news.views.keys()
            self._views = {job_id: view for job_id, view in self._views.items() if job_id in kept}
            self._forget_old(news)
        for event in news.heard:
            self._hear(event)
        for view in news.views.values():
            self._show(view, again=news.is_everything)
        self._changed()

    def note_submitted(self, entry: LedgerEntry) -> None:
        """A job was submitted from this machine a moment ago; the ledger has it from now on."""
        self._entries.keep(entry)
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
        return self._views.get(job_id) or (self._entries.announced(entry) if entry else None)

    def scene_changed(self, change: SceneChange) -> None:
        """Another scene may be open, or the same one under another name."""
        self._finishing.scene_changed(change)
        if change in ("opened", "saved"):
            self._look_soon(*self._views)

    def _row(self, view: JobView, now: datetime) -> JobRow | None:
        thumbnail, notes = self._pictures.get(view.job_id), self._notes.get(view.job_id, ())
        return self._rows.row(view, now, thumbnail=thumbnail, notes=notes)

    def _show(self, view: JobView, *, again: bool = False) -> None:
        """Take over a view. What changed is looked at; `again`, what was left undone as well."""
        before = self._views.get(view.job_id)
        if before is not None and before.sequence > view.sequence and before.created_at == view.created_at:
            return  # an older picture, read a moment ago
        self._views[view.job_id] = view
        is_new = before is None or _progress(before) != _progress(view)
        if is_new and any(texture.preview for texture in view.textures):
            self._pictures_hand.do(
                f"Fetching the preview of {view.job_name} ({view.job_id})",
                partial(self._fetch_thumbnail, view),
                replaces=True,
            )
        if is_new or (again and self._finishing.is_open(view)):
            self._look_soon(view.job_id)

    def _look_soon(self, *job_ids: str) -> None:
        """Look in turns: of a hundred jobs that are read at once, 3ds Max is asked something about each."""
        self._to_look_at.update(dict.fromkeys(job_ids))
        if self._to_look_at and not self._turns.is_busy:
            self._turns.begin(self._looks())

    def _looks(self) -> Iterator[None]:
        while self._to_look_at:
            job_id = next(iter(self._to_look_at))
            del self._to_look_at[job_id]
            if job_id in self._views:
                try:
                    self._look(self._views[job_id])
                except Exception:
                    log.exception("the job %s could not be looked at", job_id)  # it holds up no other
                yield

    def _look(self, view: JobView) -> None:
        """Do what this machine has to do about a job. What 3ds Max refuses is told with that job, no other."""
        try:
            self._finishing.look(view)
        except FlatironError as error:
            self.note(view.job_id, str(error))

    def _entries_read(self) -> None:
        """Views that came earlier were looked at as if this machine knew nothing of their jobs."""
        self._look_soon(*(job_id for job_id in self._views if self._entries.get(job_id)))
        self._changed()

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
        for entry in self._entries.all():
            view = news.views.get(entry.job_id)
            if (view is None or view.state in ENDED) and entry.is_older_than(oldest):
                self._entries.forget(entry.job_id)

    def _announced(self, entry: LedgerEntry) -> JobView:
        return announced(entry, artist=self._home.artist, host=self._home.host, now=self._clock())


def _progress(view: JobView) -> tuple[object, ...]:
    """What changes when something was made: a preview keeps its name while it grows."""
    return view.created_at, view.sequence, view.state, view.passes, view.textures
