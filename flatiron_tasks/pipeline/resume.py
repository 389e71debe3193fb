"""`resume(job)`: bring the state up to date and send every step that is not done. Submission, sweep, re-queue and
crash recovery are all this one function.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flatiron_tasks.contracts.errors import FlatironError, sentences
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.measured import JOB_ENDS
from flatiron_tasks.pipeline.next_steps import is_left_on_farm, settle, steps_now
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.states import NOTICED, JobState

log = logging.getLogger(__name__)


def resume(context: Context, job_id: str) -> JobRecord:
    """Settle the state of a job, then send the steps that could run now. Returns the record as it was settled."""
    record = settle_job(context, job_id)
    steps = steps_now(record, context.clock.now().timestamp())
    keys = [(step.key, step.lease) for step in steps]
    due = context.store.steps.due(job_id, keys, context.settings.step_stalled_seconds)
    for position in due:
        context.send(steps[position])
    return record


def settle_job(context: Context, job_id: str) -> JobRecord:
    """Change the state as often as the passes and textures ask for it."""
    while True:
        record = context.store.load(job_id)
        settled = settle(record)
        if settled is None:
            return record
        fields = {"step": settled.step, "reason": settled.reason, "advice": settled.advice}
        if _change(context, record, settled.state, settled.sentence, fields):
            log.info("job %s: %s -> %s: %s", job_id, record.state, settled.state, settled.sentence)


def move(
    context: Context,
    job_id: str,
    new: JobState,
    *,
    expected: JobState,
    sentence: str,
    fields: Mapping[str, str] | None = None,
) -> bool:
    """Change the state of a job that is in the expected one. False if it is not, or no longer."""
    while True:
        record = context.store.load(job_id)
        if record.state is not expected:
            return False
        if _change(context, record, new, sentence, fields):
            log.info("job %s: %s -> %s: %s", job_id, expected, new, sentence)
            return True


def _change(
    context: Context, record: JobRecord, new: JobState, sentence: str, fields: Mapping[str, str] | None
) -> bool:
    """The sweep sees to the clean-up of a job that is done, and to what one that failed leaves on the farm."""
    stays = new is JobState.DONE or (new is JobState.FAILED and is_left_on_farm(record))
    watched = True if stays else None
    is_changed = context.store.change_state(record, new, sentence=sentence, fields=fields, watched=watched)
    if is_changed and new in NOTICED:
        context.measures.count(JOB_ENDS, {"state": new.value})
    return is_changed


def fail(context: Context, job_id: str, step: str, error: FlatironError, *, expected: JobState) -> None:
    """End a job in `failed`, which says what a person must do."""
    advice = sentences(error.advice or "Ask the TD to look at the worker's log", f"Then `flatiron requeue {job_id}`")
    fields = {"step": step, "reason": error.reason, "advice": advice}
    move(context, job_id, JobState.FAILED, expected=expected, sentence=error.reason, fields=fields)
