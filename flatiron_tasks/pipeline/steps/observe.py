"""Look at one job that waits for pieces: note what is rendered, judge the rest, and do what the verdict asks for."""

from __future__ import annotations

from dataclasses import replace

from flatiron_tasks.contracts.errors import FarmRefusedError
from flatiron_tasks.pipeline import receipts
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.fate import Fate, Verdict, judge
from flatiron_tasks.pipeline.job_files import open_job
from flatiron_tasks.pipeline.observation import Observation, Observer, missing_passes
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.repairs import grant_wishes, repair
from flatiron_tasks.pipeline.states import PassState
from flatiron_tasks.pipeline.survey import Survey


def observe(context: Context, survey: Survey | None, record: JobRecord) -> bool:
    """Look once, without the farm if `survey` is None. Returns whether anything has moved.

    Raises FarmError, ShareError, ContractError.
    """
    files = open_job(record.job_id, context.settings.network_folders)
    index = receipts.list_receipts(files)
    waiting = [item.index for item in record.passes_in(PassState.WAITING)]
    rendered = receipts.complete_passes(files.plan, index, waiting)
    if rendered:
        done = len(record.passes) - len(waiting) + len(rendered)
        context.store.mark_rendered(record.job_id, rendered, f"{done} of {len(record.passes)} passes are rendered.")
    if survey is None or record.generation != record.dispatched:
        return bool(rendered)
    missing = missing_passes(files, index, sorted(set(waiting) - set(rendered)))
    seen = Observer(context, survey, record, files).look(missing)
    if seen.view is not None:
        grant_wishes(context, survey.farm, record, seen.view)
    _act(context, survey, record, seen)
    return seen.moved or bool(rendered)


def _act(context: Context, survey: Survey, record: JobRecord, look: Observation) -> None:
    verdict = judge(look.evidence)
    note = verdict.advice if verdict.fate is Fate.RUNNING else verdict.note
    context.store.note(record.job_id, "farm_note", note, sentence=note)
    seen = replace(look.seen, fate=verdict.fate.value, abandoned=look.seen.abandoned or bool(verdict.lost))
    try:
        seen = repair(context, survey, record, seen, verdict)
    except FarmRefusedError as error:
        context.store.note(record.job_id, "farm_note", str(error), sentence=str(error))
    context.store.note(record.job_id, "sighting", seen.to_json())
    _give_up(context, record, verdict)


def _give_up(context: Context, record: JobRecord, verdict: Verdict) -> None:
    if verdict.lost:
        sentence = f"{len(verdict.lost)} passes will get no pieces: {verdict.reason}"
        context.store.fail_waiting(record.job_id, verdict.lost, sentence)
