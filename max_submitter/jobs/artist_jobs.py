"""The jobs of one artist, put together: listener, views, ledger, board, and requests to the workers.

Made and used on the main thread. Without an address of Redis it only knows the jobs of this machine.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from flatiron_tasks.contracts.channels import (
    CANCEL_JOB_TASK,
    COLLECTED_TASK,
    GO_ON_TASK,
    REQUEUE_TASK,
    SUSPEND_TASK,
    artist_events,
)
from flatiron_tasks.contracts.job_view import JobView
from max_submitter.jobs.board import JobBoard, Post
from max_submitter.jobs.collecting import Acknowledge
from max_submitter.jobs.connection import redis_connector
from max_submitter.jobs.finishing import Home, Timer
from max_submitter.jobs.hands import Hands, Helpers
from max_submitter.jobs.ledger import Ledger, LedgerEntry
from max_submitter.jobs.listener import EventListener
from max_submitter.jobs.redis_sentences import redis_sentence
from max_submitter.jobs.views import ViewReader
from max_submitter.jobs.watcher import News, Watcher
from max_submitter.scene.port import SceneChange, ScenePort
from max_submitter.session.port import JobRow

_ROUND_SECONDS: Final = 1.0
_LAST_WORDS_S: Final = 0.2
"""Of a message that was asked for in the last moment; 3ds Max stands still meanwhile."""


class Messenger(Protocol):
    """Sends requests to the front desk; `transport.CeleryTransport` is one."""

    def ask(self, task: str, job_id: str, *arguments: object) -> None:
        """Send one request. Raises TransportError, SettingsError."""
        ...


class ArtistJobs:
    """All jobs of one artist as this machine sees them, and what the artist may do with them."""

    def __init__(
        self,
        home: Home,
        scene: ScenePort,
        messenger: Messenger,
        *,
        redis_url: str,
        folder: Path,
        post: Post,
        after: Timer,
        changed: Callable[[], None],
    ) -> None:
        """`folder` keeps the ledger and the bookmark of this program; `changed` is called on the main thread."""
        self._messenger = messenger
        self._post_to_main = post
        self._after_on_main = after
        self._is_closed = False
        self._desk, self._files, self._pictures = (Hands(self._complain) for _ in range(3))
        self._complaint = ""
        self._changed = changed
        self._board = JobBoard(
            home,
            scene,
            Ledger(folder / "jobs"),
            Helpers(self._desk, self._files, self._pictures),
            self._acknowledge,
            post=self._post,
            after=self._after,
            changed=changed,
            now=lambda: datetime.now(timezone.utc),
        )
        self._watcher = self._make_watcher(home, redis_url, folder / "events.json") if redis_url else None
        self._end_callbacks = scene.on_change(self._scene_changed)

    def start(self) -> None:
        """Begin to listen and to work."""
        for hands in (self._desk, self._files, self._pictures):
            hands.start()
        if self._watcher is not None:
            self._watcher.start()

    def rows(self) -> tuple[JobRow, ...]:
        """All jobs, newest first."""
        return self._board.rows()

    def trouble(self) -> str:
        """Why the list may be out of date, or what could not be done last; empty if all is well."""
        return self._board.trouble() or self._complaint

    def view(self, job_id: str) -> JobView | None:
        """One job as it is known now."""
        return self._board.view(job_id)

    def note_submitted(self, entry: LedgerEntry) -> None:
        """A job was submitted from this machine a moment ago."""
        self._board.note_submitted(entry)

    def show_local(self, view: JobView) -> None:
        """Show a job that runs on this machine, which no worker publishes."""
        self._board.show_local(view)

    def note(self, job_id: str, text: str) -> None:
        """Add a sentence to a job: what happened on this machine."""
        self._board.note(job_id, text)

    def cancel(self, job_id: str) -> None:
        """Ask the workers to cancel a job."""
        self._ask("Cancelling", CANCEL_JOB_TASK, job_id)

    def suspend(self, job_id: str) -> None:
        """Ask the workers to begin no more of its tasks."""
        self._ask("Suspending", SUSPEND_TASK, job_id)

    def go_on(self, job_id: str) -> None:
        """Ask the workers to let a suspended job go on."""
        self._ask("Resuming", GO_ON_TASK, job_id)

    def requeue(self, job_id: str) -> None:
        """Ask the workers to do again what failed."""
        self._ask("Re-queueing", REQUEUE_TASK, job_id)

    def close(self) -> None:
        """Leave, and wait for the last words: the program may end now. What runs on the farm goes on."""
        self.leave()
        self._desk.join(_LAST_WORDS_S)

    def leave(self) -> None:
        """End all threads, waiting for none; messages that wait are sent, files are left to a later program."""
        self._is_closed = True
        self._end_callbacks()
        if self._watcher is not None:
            self._watcher.close()
        self._desk.close()
        self._files.drop()
        self._pictures.drop()

    def _post(self, action: Callable[[], None]) -> None:
        """Run something on the main thread, unless these jobs were left by then."""
        self._post_to_main(lambda: None if self._is_closed else action())

    def _after(self, milliseconds: int, action: Callable[[], None]) -> None:
        self._after_on_main(milliseconds, lambda: None if self._is_closed else action())

    def _make_watcher(self, home: Home, redis_url: str, bookmark: Path) -> Watcher:
        connect = redis_connector(redis_url, block_seconds=_ROUND_SECONDS)
        events = EventListener(connect, bookmark, stream=artist_events(home.artist), block_seconds=_ROUND_SECONDS)
        return Watcher(
            events, ViewReader(connect, home.artist), self._tell, explain=partial(redis_sentence, url=redis_url)
        )

    def _tell(self, news: News) -> None:
        self._post(partial(self._board.take, news))

    def _ask(self, what: str, task: str, job_id: str) -> None:
        self._complaint = ""
        self._desk.do(f"{what} job {job_id}", partial(self._messenger.ask, task, job_id))
        self._board.note(job_id, f"{what}: the workers were asked at {datetime.now():%H:%M:%S}.")  # noqa: DTZ005 - local

    def _acknowledge(self, job_id: str) -> Acknowledge:
        return lambda texture, path: self._messenger.ask(COLLECTED_TASK, job_id, texture, str(path))

    def _scene_changed(self, change: SceneChange) -> None:
        if change != "selection":
            self._board.scene_changed(change)

    def _complain(self, text: str) -> None:
        self._post(partial(self._take_complaint, text))

    def _take_complaint(self, text: str) -> None:
        self._complaint = text
        self._changed()
