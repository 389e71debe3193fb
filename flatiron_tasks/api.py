"""The public face for programs on the farm side: what jobs there are, and what a person may do with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.errors import StateError
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.contracts.layout import folder_name
from flatiron_tasks.pipeline import requeue
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.resume import move, resume
from flatiron_tasks.pipeline.sentences import sentence
from flatiron_tasks.pipeline.states import JobState, PassState, TextureState
from flatiron_tasks.settings import Settings

__all__ = ("Desk", "JobStatus", "PassStatus", "TextureStatus")


@dataclass(frozen=True)
class PassStatus:
    """One pass. `state` is waiting, rendered, merging, merged or failed."""

    index: int
    label: str
    state: str
    attempts: int
    reason: str


@dataclass(frozen=True)
class TextureStatus:
    """One texture. `state` is waiting, delivering, delivered, beside, collectable or failed."""

    index: int
    file_name: str
    state: str
    path: str
    note: str


@dataclass(frozen=True)
class JobStatus:
    """One job as people see it. Times are UTC; folders are canonical paths."""

    job_id: str
    job_name: str
    state: str
    step: str
    reason: str
    advice: str
    created_at: datetime
    updated_at: datetime
    output_folder: str
    job_folder: str
    farm: str
    passes: tuple[PassStatus, ...]
    textures: tuple[TextureStatus, ...]
    sentence: str
    cleaned: bool
    leftovers: str


class Desk:
    """Reads records and does what people ask for, each as one idempotent operation on the record."""

    @classmethod
    def open(cls, settings: Settings) -> Desk:
        """The desk of the installation that these settings name. Connects when it is first used."""
        from flatiron_tasks.tasks.app import make_app  # noqa: PLC0415 - reading the API must not need Celery
        from flatiron_tasks.tasks.surroundings import make_context  # noqa: PLC0415

        return cls(make_context(settings, make_app(settings)))

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def jobs(self) -> tuple[JobStatus, ...]:
        """All jobs, newest first."""
        return tuple(self._status(self._store.load(job_id)) for job_id in self._store.job_ids())

    def job(self, job_id: str) -> JobStatus:
        """One job, its passes with their names. Raises StateError if it is unknown."""
        refusal = "" if self._store.exists(job_id) else self._store.refusal(job_id)
        if refusal:
            raise StateError(f"The workers have refused job {job_id}.", why=refusal)
        return self._status(self._store.load(job_id))

    def is_known(self, job_id: str) -> bool:
        """Whether a worker has accepted the job yet."""
        return self._store.exists(job_id)

    def refusal(self, job_id: str) -> str:
        """Why the workers refused a job that they were told of; empty if they did not."""
        return self._store.refusal(job_id)

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

    def collected(self, job_id: str, texture_index: int, path: str) -> None:
        """Note that a texture was collected on the submitter's machine. Asking twice is harmless."""
        text = f"A texture was collected: {path}"
        self._store.finish_texture(
            job_id, texture_index, None, TextureState.DELIVERED, path=path, note="", sentence=text
        )
        resume(self._context, job_id)

    def events(self, after: str, *, block_seconds: float) -> list[tuple[str, Event]]:
        """Events behind a bookmark ("0" = all that are kept), waiting up to `block_seconds` for the first."""
        return self._store.events(after, block_seconds=block_seconds)

    def _status(self, record: JobRecord) -> JobStatus:
        return JobStatus(
            job_id=record.job_id,
            job_name=record.job_name,
            state=record.state,
            step=record.step,
            reason=record.reason,
            advice=record.advice,
            created_at=datetime.fromtimestamp(record.created_at, UTC),
            updated_at=datetime.fromtimestamp(record.updated_at, UTC),
            output_folder=record.output_folder,
            job_folder=paths.join(record.network_folder, folder_name(record.job_id)),
            farm=record.manager,
            passes=self._passes(record),
            textures=self._textures(record),
            sentence=sentence(record),
            cleaned=record.cleaned,
            leftovers=record.leftovers,
        )

    def _passes(self, record: JobRecord) -> tuple[PassStatus, ...]:
        return tuple(
            PassStatus(
                index=item.index,
                label=record.labels[item.index],
                state="merging"
                if self._is_running(record, item.state, PassState.RENDERED, "pass", item.index)
                else item.state,
                attempts=item.attempts,
                reason=item.reason,
            )
            for item in record.passes
        )

    def _textures(self, record: JobRecord) -> tuple[TextureStatus, ...]:
        return tuple(
            TextureStatus(
                index=item.index,
                file_name=item.path.replace("\\", "/").rsplit("/", 1)[-1],
                state="delivering"
                if not item.unmerged
                and self._is_running(record, item.state, TextureState.WAITING, "texture", item.index)
                else item.state,
                path=item.path,
                note=item.note,
            )
            for item in record.textures
        )

    def _is_running(self, record: JobRecord, state: str, wanted: str, what: str, index: int) -> bool:
        return state == wanted and self._store.is_claimed(record.job_id, f"{what}:{index}")
