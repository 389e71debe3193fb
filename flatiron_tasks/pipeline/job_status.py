"""A job as people see it, made of its record, its leases, the sweep's book and the previews on the share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.layout import PREVIEWS, folder_name, preview_name
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.preview_files import preview_names
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.sentences import sentence
from flatiron_tasks.pipeline.states import ENDED, PassState, TextureState
from flatiron_tasks.pipeline.waiting import waiting


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
    `artist` and `host` submitted it. `sequence` is the number of its last event. `priority` is the last one that was
    wished for since the submission, None if none was.
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
    artist: str = ""
    host: str = ""
    suspended: bool = False
    sequence: int = 0
    priority: int | None = None


def job_status(context: Context, record: JobRecord) -> JobStatus:
    """Where the job of this record stands at this moment."""
    book, now = context.store.sweeps, context.clock.now().timestamp()
    health, next_look = book.health(record.manager), book.next_look(record.manager, record.job_id)
    running = _running(context, record)
    return JobStatus(
        job_id=record.job_id,
        job_name=record.job_name,
        state=record.state.value,
        step=record.step,
        reason=record.reason,
        advice=record.advice,
        created_at=datetime.fromtimestamp(record.created_at, UTC),
        updated_at=datetime.fromtimestamp(record.updated_at, UTC),
        output_folder=record.output_folder,
        job_folder=paths.join(record.network_folder, folder_name(record.job_id)),
        farm=record.manager,
        passes=_passes(record, running),
        textures=_textures(record, running, _previews(context, record)),
        sentence=sentence(record, health.trouble_sentence),
        cleaned=record.cleaned,
        leftovers=record.leftovers,
        waiting=waiting(record, health, next_look, now),
        artist=record.artist,
        host=record.host,
        suspended=record.suspended,
        sequence=record.sequence,
        priority=record.priority,
    )


def _running(context: Context, record: JobRecord) -> frozenset[str]:
    """What workers are at: a pass is being merged, a texture delivered, as long as somebody holds its lease."""
    ready = [f"pass:{item.index}" for item in record.passes_in(PassState.RENDERED)]
    merged = [f"texture:{item.index}" for item in record.textures_in(TextureState.WAITING) if not item.unmerged]
    return context.store.claims.claimed(record.job_id, ready + merged)


def _passes(record: JobRecord, running: frozenset[str]) -> tuple[PassStatus, ...]:
    return tuple(
        PassStatus(
            index=item.index,
            label=record.labels[item.index],
            state="merging" if f"pass:{item.index}" in running else item.state.value,
            attempts=item.attempts,
            reason=item.reason,
        )
        for item in record.passes
    )


def _textures(record: JobRecord, running: frozenset[str], previews: dict[int, str]) -> tuple[TextureStatus, ...]:
    return tuple(
        TextureStatus(
            index=item.index,
            file_name=item.file_name,
            state="delivering" if f"texture:{item.index}" in running else item.state.value,
            path=item.path,
            note=item.note,
            preview=previews.get(item.index, ""),
        )
        for item in record.textures
    )


def _previews(context: Context, record: JobRecord) -> dict[int, str]:
    """Previews by texture: of those that are not there themselves, as long as the job has not ended."""
    if record.state in ENDED:
        return {}
    names = preview_names(context.settings.network_folders, record.job_id)
    folder = paths.join(record.network_folder, folder_name(record.job_id), PREVIEWS)
    return {
        item.index: paths.join(folder, preview_name(item.file_name))
        for item in record.textures_in(TextureState.WAITING, TextureState.FAILED)
        if preview_name(item.file_name) in names
    }
