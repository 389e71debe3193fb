"""Set back what failed, and only that. Asking twice is harmless."""

from __future__ import annotations

from collections.abc import Sequence

from flatiron_tasks.contracts.errors import BadInputError, StateError
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.job_files import open_job
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.resume import resume
from flatiron_tasks.pipeline.states import ENDED, JobState, PassState


def requeue(context: Context, job_id: str, passes: Sequence[int] = (), *, rerender: bool = False) -> str:
    """Set the failed passes (or these ones) and textures back and resume. Returns what happened, as a sentence.

    With `rerender` the pieces of these passes are thrown away and the farm renders them again; only a failed job can.
    Raises StateError for a job that has ended, BadInputError for a pass that does not exist.
    """
    record = context.store.load(job_id)
    if record.state in (*ENDED, JobState.CANCELLING, JobState.READY_TO_COLLECT):
        raise StateError(f"Job {job_id} is {record.state}; there is nothing to put back into the queue.")
    chosen = _chosen(record, passes, rerender=rerender)
    if record.state is not JobState.FAILED and (rerender or not chosen):
        return f"Job {job_id} is {record.state}; nothing of it waits to be queued again."
    state = JobState.SUBMITTED if record.step in ("dispatch", "") or rerender else JobState.RENDERING
    textures = {index: _textures_of(context, job_id, index) for index in chosen}
    what = f"{len(chosen)} passes are set back" + (" and will be rendered again." if rerender else ".")
    back = context.store.requeue(job_id, state, textures, rerender=rerender, sentence=f"Queued again: {what}")
    if back < 0:
        return f"Job {job_id} has moved on meanwhile; nothing was changed."
    resume(context, job_id)
    return f"Job {job_id} is queued again: {what}"


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


def _textures_of(context: Context, job_id: str, pass_index: int) -> tuple[int, ...]:
    plan = open_job(job_id, context.settings.network_folders).plan
    return tuple(texture.index for texture in plan.textures_of_pass(pass_index))
