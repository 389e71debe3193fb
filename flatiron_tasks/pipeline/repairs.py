"""What the pipeline changes on the farm: repairs that a verdict asks for, and what people wish. Never a restart.

Each may be done twice. What is counted is noted before it is done: a crash between the two costs one attempt, never an
endless row of them.
"""

from __future__ import annotations

from dataclasses import replace

from flatiron_tasks.contracts.errors import FarmRefusedError
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.farm_port import Farm, FarmJobState, FarmJobView
from flatiron_tasks.pipeline.fate import Repair, Verdict
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.sighting import Sighting
from flatiron_tasks.pipeline.survey import Survey

SUSPEND, ACTIVATE = "suspend", "activate"


def grant_wishes(context: Context, farm: Farm, record: JobRecord, view: FarmJobView) -> None:
    """Do what a person wishes of the farm job, and forget the wish. Raises FarmError; the wish then stays."""
    store, job_id = context.store, record.job_id
    priority = record.wished_priority
    if priority is not None:
        farm.set_priority(view.handle, priority)
        store.note(job_id, "wished_priority", "", sentence=f"The farm now has priority {priority} for the job.")
    if record.wish and view.state is FarmJobState.COMPLETE:
        store.note(job_id, "wish", "", sentence="The farm job is over; nothing of it can be suspended or go on.")
    elif record.wish == SUSPEND:
        farm.suspend(view.handle)
        store.note(job_id, "suspended", "1")
        store.note(job_id, "wish", "", sentence="The job is suspended on the farm.")
    elif record.wish == ACTIVATE:
        farm.activate(view.handle)
        store.note(job_id, "suspended", "")
        store.note(job_id, "wish", "", sentence="The job goes on on the farm.")
    elif record.suspended and not record.wish and view.state is not FarmJobState.SUSPENDED:
        store.note(job_id, "suspended", "")  # a person let it go on in the farm's monitor


def drop_wishes(context: Context, record: JobRecord, why: FarmRefusedError) -> None:
    """Forget wishes that the farm refuses, and say so."""
    context.store.note(record.job_id, "wished_priority", "")
    context.store.note(record.job_id, "wish", "", sentence=str(why))


def repair(context: Context, survey: Survey, record: JobRecord, seen: Sighting, verdict: Verdict) -> Sighting:
    """Do what the verdict asks for. Returns the sighting to keep. Raises FarmError."""
    if verdict.repair is Repair.ADD_SERVERS:
        return _add_servers(context, survey, record, seen)
    if verdict.repair is Repair.FOLLOW_UP:
        context.store.follow_up(record.job_id, record.generation, verdict.reason)
    elif verdict.repair is Repair.WITHDRAW and seen.handle:
        survey.farm.delete(seen.handle)
    return seen


def _add_servers(context: Context, survey: Survey, record: JobRecord, seen: Sighting) -> Sighting:
    now = context.clock.now().timestamp()
    seen = replace(seen, readded=seen.readded + 1, readded_at=now)
    sentence = f"{', '.join(seen.failed)} get the job again (attempt {seen.readded})."
    context.store.note(record.job_id, "sighting", seen.to_json(), sentence=sentence)
    for server in survey.server_handles(seen.failed):
        survey.farm.add_server_again(seen.handle, server)
    return replace(seen, failed=())
