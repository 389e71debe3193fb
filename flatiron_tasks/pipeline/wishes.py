"""What a person wants of a job that is on the farm, or goes there: noted here, done by the next sweep."""

from __future__ import annotations

from flatiron_tasks.contracts.errors import BadInputError, StateError
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.repairs import ACTIVATE, SUSPEND
from flatiron_tasks.pipeline.states import JobState

_ON_FARM = (JobState.SUBMITTED, JobState.RENDERING)


def suspend(context: Context, job_id: str) -> str:
    """Let the farm begin no more tasks of the job; what is rendered is merged. Raises StateError."""
    return _wish(context, job_id, "wish", SUSPEND, "is being suspended on the farm")


def go_on(context: Context, job_id: str) -> str:
    """Let a suspended job go on, whoever suspended it. Raises StateError."""
    return _wish(context, job_id, "wish", ACTIVATE, "is going on on the farm")


def set_priority(context: Context, job_id: str, priority: int) -> str:
    """From 0, the most urgent, to 99. Raises StateError, BadInputError."""
    if not 0 <= priority <= 99:
        raise BadInputError(f"{priority} is not a priority.", why="Priorities go from 0, the most urgent, to 99.")
    _on_farm(context, job_id)
    context.store.note(job_id, "priority", str(priority))
    return _wish(context, job_id, "wished_priority", str(priority), f"gets priority {priority} on the farm")


def _wish(context: Context, job_id: str, field: str, value: str, what: str) -> str:
    record = _on_farm(context, job_id)
    context.store.note(job_id, field, value, sentence=f"The job {what}.")
    context.store.sweeps.sweep_now(record.manager)
    return f"Job {job_id} {what}; the next sweep sees to it."


def _on_farm(context: Context, job_id: str) -> JobRecord:
    record = context.store.load(job_id)
    if record.state not in _ON_FARM:
        raise StateError(f"Job {job_id} is {record.state}; the farm has nothing of it to do.")
    return record
