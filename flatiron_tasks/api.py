"""The public face for programs on the farm side: what jobs there are, and what a person may do with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flatiron_tasks.contracts.errors import BadInputError, StateError
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.pipeline import requeue, wishes
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.job_index import JobPage, JobRow
from flatiron_tasks.pipeline.job_status import JobStatus, PassStatus, TextureStatus, job_status
from flatiron_tasks.pipeline.manager_health import ManagerHealth
from flatiron_tasks.pipeline.resume import move, resume
from flatiron_tasks.pipeline.share_probe.health import NodeHealth, NodeVerdict
from flatiron_tasks.pipeline.states import JobState, TextureState
from flatiron_tasks.pipeline.waiting import outage
from flatiron_tasks.settings import Settings

__all__ = (
    "Desk",
    "JobPage",
    "JobRow",
    "JobStatus",
    "ManagerStatus",
    "NodeHealth",
    "NodeVerdict",
    "PassStatus",
    "TextureStatus",
)


@dataclass(frozen=True)
class ManagerStatus:
    """A farm manager as people see it; `jobs` is how many of ours the sweep looks after there."""

    address: str
    jobs: int
    health: ManagerHealth


class Desk:
    """Reads records and does what people ask for, each as one idempotent operation on the record."""

    @classmethod
    def open(cls, settings: Settings) -> Desk:
        """The desk of the installation that these settings name. Connects when it is first used.

        It is for programs that somebody waits for: a Redis that hangs is an error after seconds.
        """
        from flatiron_tasks.pipeline.store import TOOL_ANSWER_S  # noqa: PLC0415 - as below
        from flatiron_tasks.tasks.app import make_app  # noqa: PLC0415 - reading the API must not need Celery
        from flatiron_tasks.tasks.surroundings import make_context  # noqa: PLC0415

        return cls(make_context(settings, make_app(settings), answer_s=TOOL_ANSWER_S))

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def jobs(self) -> tuple[JobStatus, ...]:
        """All jobs, newest first."""
        return tuple(job_status(self._context, self._store.load(job_id)) for job_id in self._store.job_ids())

    def page(
        self,
        *,
        states: Sequence[JobState] = (),
        artist: str = "",
        farm: str = "",
        text: str = "",
        after: str = "",
        count: int = 50,
    ) -> JobPage:
        """Up to `count` jobs that pass all filters, newest first; the cost does not grow with the number of jobs.

        Without `states` by time of creation, with them by time of the last change. `text` is sought in names and ids.
        `after` is the bookmark of the page before. Raises BadInputError for a bookmark that is none.
        """
        return self._store.index.page(states=states, artist=artist, farm=farm, text=text, after=after, count=count)

    def counts(self) -> dict[JobState, int]:
        """How many jobs there are in each state."""
        return self._store.index.counts()

    def history(self, job_id: str) -> tuple[Event, ...]:
        """What happened to a job, oldest first: its last 500 events; nothing for an unknown job."""
        return self._store.index.history(job_id)

    def managers(self) -> tuple[ManagerStatus, ...]:
        """All farm managers that have, or had, jobs."""
        book, managers = self._store.sweeps, self._store.managers()
        return tuple(ManagerStatus(name, len(self._store.jobs_at(name)), book.health(name)) for name in managers)

    def job(self, job_id: str) -> JobStatus:
        """One job, its passes with their names. Raises StateError if it is unknown."""
        refusal = "" if self._store.exists(job_id) else self._store.artists.refusal(job_id)
        if refusal:
            raise StateError(f"The workers have refused job {job_id}.", why=refusal)
        return job_status(self._context, self._store.load(job_id))

    def is_known(self, job_id: str) -> bool:
        """Whether a worker has accepted the job yet."""
        return self._store.exists(job_id)

    def refusal(self, job_id: str) -> str:
        """Why the workers refused a job that they were told of; empty if they did not."""
        return self._store.artists.refusal(job_id)

    def requeue(self, job_id: str, passes: tuple[int, ...] = (), *, rerender: bool = False) -> str:
        """Put what failed back into the queue. Returns a sentence. Raises StateError, BadInputError."""
        return requeue.requeue(self._context, job_id, passes, rerender=rerender)

    def cancel(self, job_id: str) -> str:
        """Cancel a job that has not ended. Returns a sentence. Raises StateError."""
        record = self._store.load(job_id)
        if record.state in (JobState.CANCELLING, JobState.CANCELLED):
            return f"Job {job_id} is {record.state} already."
        if record.state is JobState.DONE:
            raise StateError(f"Job {job_id} is done; there is nothing to cancel.")
        text = "Cancelled by a person."
        clear = {"step": "", "reason": "", "advice": ""}
        if not move(self._context, job_id, JobState.CANCELLING, expected=record.state, sentence=text, fields=clear):
            return self.cancel(job_id)  # it moved on meanwhile
        resume(self._context, job_id)
        return f"Job {job_id} is being cancelled."

    def suspend(self, job_id: str) -> str:
        """Let the farm begin no more tasks of the job. Returns a sentence. Raises StateError."""
        return wishes.suspend(self._context, job_id)

    def go_on(self, job_id: str) -> str:
        """Let a suspended job go on, whoever suspended it. Returns a sentence. Raises StateError."""
        return wishes.go_on(self._context, job_id)

    def set_priority(self, job_id: str, priority: int) -> str:
        """From 0, the most urgent, to 99. Returns a sentence. Raises StateError, BadInputError."""
        return wishes.set_priority(self._context, job_id, priority)

    def troubles(self) -> tuple[str, ...]:
        """One sentence for each farm manager that jobs need and that does not answer."""
        book, now = self._store.sweeps, self._context.clock.now().timestamp()
        healths = [book.health(manager) for manager in self._store.managers() if self._store.jobs_at(manager)]
        return tuple(outage(health, now) for health in healths if health.failing_since)

    def nodes(self) -> tuple[NodeHealth, ...]:
        """What share probes know of servers: how each sees each network folder, by manager, folder and name."""
        managers = self._store.managers()
        return tuple(health for manager in managers for health in self._store.probes.all_healths(manager))

    def collected(self, job_id: str, texture_index: int, path: str) -> str:
        """Note that a texture was collected on the submitter's machine. Asking twice is harmless.

        Returns a sentence. Raises StateError for an unknown job, BadInputError for a texture that does not exist.
        """
        textures = self._store.load(job_id).textures
        if not 0 <= texture_index < len(textures):
            why = f"Its textures are 0 to {len(textures) - 1}."
            raise BadInputError(f"Job {job_id} has no texture {texture_index}.", why=why)
        text = f"A texture was collected: {path}"
        is_new = self._store.finish_texture(
            job_id, texture_index, None, TextureState.DELIVERED, path=path, note="", sentence=text
        )
        resume(self._context, job_id)
        return text if is_new else f"Texture {texture_index} of job {job_id} does not wait to be collected."

    def last_event_id(self) -> str:
        """Bookmark of the newest event; "0-0" if there is none."""
        return self._store.index.last_event_id()

    def events(self, after: str, *, block_seconds: float) -> list[tuple[str, Event]]:
        """Events behind a bookmark ("0" = all that are kept), waiting up to `block_seconds` for the first."""
        return self._store.events(after, block_seconds=block_seconds)
