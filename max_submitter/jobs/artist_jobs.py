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
from max_submitter.jobs.board import Home, JobBoard, Post
from max_submitter.jobs.collecting import Acknowledge
from max_submitter.jobs.connection import redis_connector
from max_submitter.jobs.hands import Hands
from max_submitter.jobs.ledger import Ledger, LedgerEntry
from max_submitter.jobs.listener import EventListener
from max_submitter.jobs.views import ViewReader
from max_submitter.jobs.watcher import News, Watcher
from max_submitter.scene.port import SceneChange, ScenePort
from max_submitter.session.port import JobRow

_ROUND_SECONDS: Final = 1.0
_LAST_WORDS_S: Final = 2.0


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
        changed: Callable[[], None],
    ) -> None:
        """`folder` keeps the ledger and the bookmark of this program; `changed` is called on the main thread."""
        self._messenger = messenger
        self._post = post
        self._hands = Hands(self._complain)
        self._complaint = ""
        self._changed = changed
        self._board = JobBoard(
            home,
            scene,
            Ledger(folder / "jobs"),
            self._hands,
            self._acknowledge,
            post=post,
            changed=changed,
            now=lambda: datetime.now(timezone.utc),
        )
        self._watcher = self._make_watcher(home, redis_url, folder / "events.json") if redis_url else None
        self._end_callbacks = scene.on_change(self._scene_changed)

    def start(self) -> None:
        """Begin to listen and to work."""
        self._hands.start()
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
        """End all threads; what runs on the farm goes on."""
        self._end_callbacks()
        if self._watcher is not None:
            self._watcher.close()
        self._hands.close()
        self._hands.join(_LAST_WORDS_S)

    def _make_watcher(self, home: Home, redis_url: str, bookmark: Path) -> Watcher:
        bookmark.parent.mkdir(parents=True, exist_ok=True)
        connect = redis_connector(redis_url, block_seconds=_ROUND_SECONDS)
        events = EventListener(connect, bookmark, stream=artist_events(home.artist), block_seconds=_ROUND_SECONDS)
        return Watcher(events, ViewReader(connect, home.artist), self._tell)

    def _tell(self, news: News) -> None:
        self._post(partial(self._board.take, news))

    def _ask(self, what: str, task: str, job_id: str) -> None:
        self._complaint = ""
        self._hands.do(f"{what} job {job_id}", partial(self._messenger.ask, task, job_id))
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
