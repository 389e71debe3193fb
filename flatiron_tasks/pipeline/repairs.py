"""What the pipeline changes on the farm: repairs that a verdict asks for, and what people wish. Never a restart.

Each may be done twice. What is counted is noted before it is done: a crash between the two costs one attempt, never an
endless row of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flatiron_tasks.contracts.errors import FarmRefusedError
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.farm_names import generation_of
from flatiron_tasks.pipeline.farm_port import Farm, FarmJobState, FarmJobView
from flatiron_tasks.pipeline.fate import LONGEST_PAUSE_S, Repair, Verdict
from flatiron_tasks.pipeline.manager_health import pause
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.sighting import Sighting
from flatiron_tasks.pipeline.survey import Survey

SUSPEND, ACTIVATE = "suspend", "activate"


def grant_wishes(context: Context, farm: Farm, record: JobRecord, view: FarmJobView) -> None:
    """Do what a person wishes of the farm job. Raises FarmError; what was not done or refused stays a wish.

    A wish is forgotten only if no other one has taken its place meanwhile: that one is for the next sweep.
    """
    if record.wished_priority is not None:
        _grant_priority(context, farm, record, view, record.wished_priority)
    if record.wish:
        _grant_wish(context, farm, record, view)
    elif record.suspended and view.state is not FarmJobState.SUSPENDED:
        context.store.note(record.job_id, "suspended", "")  # a person let it go on in the farm's monitor


def _grant_priority(context: Context, farm: Farm, record: JobRecord, view: FarmJobView, priority: int) -> None:
    sentence = f"The farm now has priority {priority} for the job."
    try:
        farm.set_priority(view.handle, priority)
    except FarmRefusedError as error:
        sentence = str(error)
    context.store.note_if(record, "wished_priority", str(priority), {"wished_priority": ""}, sentence=sentence)


def _grant_wish(context: Context, farm: Farm, record: JobRecord, view: FarmJobView) -> None:
    changes = {"wish": "", "suspended": "1" if record.wish == SUSPEND else ""}
    sentence = "The job is suspended on the farm." if record.wish == SUSPEND else "The job goes on on the farm."
    try:
        if view.state is FarmJobState.COMPLETE:
            changes, sentence = {"wish": ""}, "The farm job is over; nothing of it can be suspended or go on."
        elif record.wish == SUSPEND:
            farm.suspend(view.handle)
        else:
            farm.activate(view.handle)
    except FarmRefusedError as error:
        changes, sentence = {"wish": ""}, str(error)
    if not context.store.note_if(record, "wish", record.wish, changes, sentence=sentence):
        _note_suspension(context, record, changes)


def _note_suspension(context: Context, record: JobRecord, changes: Mapping[str, str]) -> None:
    """The wish was done, but another one stands in its place."""
    if "suspended" in changes:
        context.store.note_if(record, "suspended", "1" if record.suspended else "", {"suspended": changes["suspended"]})


def repair(context: Context, survey: Survey, record: JobRecord, seen: Sighting, verdict: Verdict) -> Sighting:
    """Do what the verdict asks for. Returns the sighting to keep. Raises FarmError."""
    if verdict.repair is Repair.ADD_SERVERS:
        return _add_servers(context, survey, record, seen)
    if verdict.repair is Repair.FOLLOW_UP:
        context.store.follow_up(record.job_id, record.generation, verdict.reason)
    elif verdict.repair is Repair.RESUBMIT:
        context.store.follow_up(record.job_id, record.generation, verdict.reason, resubmits=True)
    elif verdict.repair is Repair.WITHDRAW and seen.handle:
        survey.farm.delete(seen.handle)
    elif seen.taken_off and seen.handle:
        return _add_servers_again(context, survey, record, seen)
    return seen


def withdraw(context: Context, survey: Survey, record: JobRecord) -> None:
    """Take what a job that has failed left on the farm off it, and note that nothing is left. Raises FarmError."""
    left = [view for view in survey.listing.values() if _is_left(view, record)]
    for view in left:
        survey.farm.delete(view.handle)
    seen = record.sighting
    if seen is None or (survey.recovering and not left):
        return  # a manager that comes back may not list the job yet
    sentence = "What was left of the job on the farm is taken off it." if left else ""
    changes = {"sighting": replace(seen, abandoned=False).to_json()}
    context.store.note_if(record, "sighting", seen.to_json(), changes, sentence=sentence)


def _is_left(view: FarmJobView, record: JobRecord) -> bool:
    """Whether this is a farm job of this bake job that is not over; a later one is somebody's wish."""
    is_ours = 0 < generation_of(view.name, record.job_id) <= record.generation
    return is_ours and view.state is not FarmJobState.COMPLETE


def _add_servers(context: Context, survey: Survey, record: JobRecord, seen: Sighting) -> Sighting:
    now = context.clock.now().timestamp()
    off = tuple(dict.fromkeys((*seen.taken_off, *seen.failed)))
    seen = replace(seen, readded=seen.readded + 1, readded_at=now, taken_off=off, put_on_at=now)
    sentence = f"{', '.join(seen.failed)} get the job again (attempt {seen.readded})."
    context.store.note(record.job_id, "sighting", seen.to_json(), sentence=sentence)
    return replace(seen, failed=(), taken_off=_put_on(context, survey, record, seen))


def _add_servers_again(context: Context, survey: Survey, record: JobRecord, seen: Sighting) -> Sighting:
    """Servers that the farm does not list on the job since they were taken off it: an answer, or half of what it takes
    to put them on, may be lost. Tried later and later.
    """
    now = context.clock.now().timestamp()
    if now - seen.put_on_at < pause(now - seen.readded_at, context.settings.poll_seconds, LONGEST_PAUSE_S):
        return seen
    return replace(seen, put_on_at=now, taken_off=_put_on(context, survey, record, seen))


def _put_on(context: Context, survey: Survey, record: JobRecord, seen: Sighting) -> tuple[str, ...]:
    """Put servers on the job. Returns those that must be seen there before this is believed."""
    known = []
    for name, server in zip(seen.taken_off, survey.server_handles(seen.taken_off), strict=True):
        try:
            if survey.farm.add_server_again(seen.handle, server):
                known.append(name)
        except FarmRefusedError as error:
            context.store.note(record.job_id, "farm_note", str(error), sentence=str(error))
            known.append(name)
    return tuple(known)
