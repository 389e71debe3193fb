"""The public face for programs on the farm side: what jobs there are, and what a person may do with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.errors import StateError
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.contracts.layout import PREVIEWS, folder_name, preview_name
from flatiron_tasks.pipeline import requeue, wishes
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.preview_files import preview_names
from flatiron_tasks.pipeline.record import JobRecord, TextureRecord
from flatiron_tasks.pipeline.resume import move, resume
from flatiron_tasks.pipeline.sentences import sentence
from flatiron_tasks.pipeline.states import ENDED, JobState, PassState, TextureState
from flatiron_tasks.pipeline.waiting import outage, waiting
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
    """One texture. `state` is waiting, delivering, delivered, beside, collectable or failed.

    `preview` is the canonical path of a small PNG of what is merged so far; empty if there is none.
    """

    index: int
    file_name: str
    state: str
    path: str
    note: str
    preview: str


@dataclass(frozen=True)
class JobStatus:
    """One job as people see it. Times are UTC; folders are canonical paths.

    `sentence` changes when something happens; `waiting` tells in seconds what the job waits for at this moment.
    """

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
    waiting: str = ""


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
        book, now = self._store.sweeps, self._context.clock.now().timestamp()
        health, next_look = book.health(record.manager), book.next_look(record.manager, record.job_id)
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
            sentence=sentence(record, health.trouble_sentence),
            cleaned=record.cleaned,
            leftovers=record.leftovers,
            waiting=waiting(record, health, next_look, now),
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
        previews = self._previews(record)
        return tuple(
            TextureStatus(
                index=item.index,
                file_name=_file_name(item),
                state="delivering"
                if not item.unmerged
                and self._is_running(record, item.state, TextureState.WAITING, "texture", item.index)
                else item.state,
                path=item.path,
                note=item.note,
                preview=previews.get(item.index, ""),
            )
            for item in record.textures
        )

    def _previews(self, record: JobRecord) -> dict[int, str]:
        """Previews by texture: of those that are not there themselves, as long as the job has not ended."""
        if record.state in ENDED:
            return {}
        names = preview_names(self._context.settings.network_folders, record.job_id)
        folder = paths.join(record.network_folder, folder_name(record.job_id), PREVIEWS)
        return {
            item.index: paths.join(folder, preview_name(_file_name(item)))
            for item in record.textures_in(TextureState.WAITING, TextureState.FAILED)
            if preview_name(_file_name(item)) in names
        }

    def _is_running(self, record: JobRecord, state: str, wanted: str, what: str, index: int) -> bool:
        return state == wanted and self._store.is_claimed(record.job_id, f"{what}:{index}")


def _file_name(texture: TextureRecord) -> str:
    return texture.path.replace("\\", "/").rsplit("/", 1)[-1]
