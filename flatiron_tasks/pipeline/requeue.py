"""Set back what failed, and only that. Asking twice is harmless."""

from __future__ import annotations

from collections.abc import Sequence

from flatiron_tasks.contracts.errors import BadInputError, StateError
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.resume import resume
from flatiron_tasks.pipeline.states import ENDED, JobState, PassState, TextureState

_STOPPED = (JobState.FAILED, JobState.READY_TO_COLLECT)


def requeue(context: Context, job_id: str, passes: Sequence[int] = (), *, rerender: bool = False) -> str:
    """Set the failed passes (or these ones) and textures back and resume. Returns what happened, as a sentence.

    What has no pieces goes to the farm again; a pause because of the share ends. With `rerender` the pieces of these
    passes, good or bad, are thrown away first; only a job that stands still can do that.
    Raises StateError for a job that has ended, BadInputError for a pass that does not exist.
    """
    record = context.store.load(job_id)
    if record.state in (*ENDED, JobState.CANCELLING):
        raise StateError(f"Job {job_id} is {record.state}; there is nothing to put back into the queue.")
    chosen = _chosen(record, passes, rerender=rerender)
    if record.state not in _STOPPED and not rerender and not chosen and record.share_after:
        context.store.steps.share_is_back(job_id)
        resume(context, job_id)
        return f"Job {job_id} tries the share again at once."
    if record.state not in _STOPPED and (rerender or not chosen):
        return f"Job {job_id} is {record.state}; nothing of it waits to be queued again."
    what = _what(record, chosen, rerender=rerender)
    back = context.store.requeue(job_id, chosen, discard=rerender, sentence=f"Queued again: {what}")
    if back < 0:
        return f"Job {job_id} has moved on meanwhile; nothing was changed."
    resume(context, job_id)
    return f"Job {job_id} is queued again: {what}"


def _what(record: JobRecord, chosen: list[int], *, rerender: bool) -> str:
    textures = len(record.textures_in(TextureState.FAILED, TextureState.COLLECTABLE))
    parts = [_counted(len(chosen), "pass", "passes")] if chosen or not textures else []
    if textures and not rerender:
        parts.append(_counted(textures, "texture", "textures"))
    return " and ".join(parts) + (", to be rendered again." if rerender else ".")


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _chosen(record: JobRecord, passes: Sequence[int], *, rerender: bool) -> list[int]:
    unknown = [index for index in passes if not 0 <= index < len(record.passes)]
    if unknown:
        raise BadInputError(
            f"Job {record.job_id} has no pass {unknown[0]}.", why=f"Its passes are 0 to {len(record.passes) - 1}."
        )
    failed = [item.index for item in record.passes_in(PassState.FAILED)]
    if not passes:
        return failed
    return sorted(set(passes)) if rerender else [index for index in failed if index in set(passes)]
