"""One sweep over all jobs of one farm manager: one listing of the farm, one listing of each job folder, then `resume`.

It is also the safety net: whatever message was lost, the next sweep sends the step again. A manager that does not
answer, or a job that cannot be read, holds up nobody else.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flatiron_tasks.contracts.errors import FarmError, FlatironError
from flatiron_tasks.contracts.receipt import AttemptResult
from flatiron_tasks.pipeline import fate, receipts
from flatiron_tasks.pipeline.attempt import told
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.farm_port import Farm, FarmJobDetail, FarmJobView
from flatiron_tasks.pipeline.job_files import JobFiles, open_job
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.resume import resume
from flatiron_tasks.pipeline.states import WORKING, PassState
from flatiron_tasks.pipeline.steps.dispatch import farm_job_name

log = logging.getLogger(__name__)
LOOK_CLOSER_EVERY = 6
"""Sweeps between two closer looks at a job that the farm calls active (one more request each)."""


def poll(context: Context, manager: str) -> None:
    """Look after every job of this manager, unless another worker is doing it now."""
    with context.store.only_one(f"poll:{manager}", seconds=context.settings.lease_seconds) as mine:
        if not mine:
            return
        job_ids = context.store.jobs_at(manager)
        if job_ids:
            farm = context.farms(manager)
            listing, trouble = _listing(farm, manager)
            for job_id in job_ids:
                _look_after(context, farm, job_id, listing, trouble)


def _listing(farm: Farm, manager: str) -> tuple[Mapping[str, FarmJobView] | None, str]:
    try:
        return farm.jobs(), ""
    except FarmError as error:
        log.warning("farm %s: %s", manager, error)
        return None, f"The farm manager {manager} does not answer: {error.what}"


def _look_after(
    context: Context, farm: Farm, job_id: str, listing: Mapping[str, FarmJobView] | None, trouble: str
) -> None:
    try:
        with told(context, job_id, "Looking after the job"):
            _observe_and_resume(context, farm, job_id, listing, trouble)
    except FlatironError:
        log.exception("job %s could not be looked after", job_id)


def _observe_and_resume(
    context: Context, farm: Farm, job_id: str, listing: Mapping[str, FarmJobView] | None, trouble: str
) -> None:
    record = context.store.load(job_id)
    if record.state in WORKING and record.passes_in(PassState.WAITING):
        _observe(context, farm, record, listing, trouble)
    resume(context, job_id)


def _observe(
    context: Context, farm: Farm, record: JobRecord, listing: Mapping[str, FarmJobView] | None, trouble: str
) -> None:
    files = open_job(record.job_id, context.settings.network_folders)
    index = receipts.list_receipts(files)
    waiting = [item.index for item in record.passes_in(PassState.WAITING)]
    rendered = receipts.complete_passes(files.plan, index, waiting)
    if rendered:
        done = len(record.passes) - len(waiting) + len(rendered)
        context.store.mark_rendered(record.job_id, rendered, f"{done} of {len(record.passes)} passes are rendered.")
    missing = sorted(set(waiting) - set(rendered))
    if missing and listing is None:
        context.store.note(record.job_id, "farm_note", trouble, sentence=trouble)
    elif missing and listing is not None:
        view = listing.get(farm_job_name(record.job_id, record.generation))
        _judge(context, farm, record, view, (files, missing))


def _judge(
    context: Context, farm: Farm, record: JobRecord, view: FarmJobView | None, unrendered: tuple[JobFiles, list[int]]
) -> None:
    waiting = fate.Waiting(
        manager=record.manager,
        view=view,
        detail=_closer_look(context, farm, record, view),
        quiet_seconds=_quiet_seconds(context, record, view),
        patience_seconds=context.settings.share_caching_seconds,
    )
    verdict = fate.verdict(waiting)
    context.store.note(record.job_id, "farm_note", verdict.note, sentence=verdict.note)
    if verdict.over:
        files, missing = unrendered
        reasons = _reasons(files, missing, verdict.over)
        context.store.fail_waiting(record.job_id, reasons, f"{len(missing)} passes will get no pieces: {verdict.over}")


def _quiet_seconds(context: Context, record: JobRecord, view: FarmJobView | None) -> float:
    """How long the farm has called the job over; the time of the first such sweep is kept in the record."""
    now = context.clock.now().timestamp()
    if not fate.says_over(view):
        context.store.note(record.job_id, "complete_since", "")
        return 0.0
    if not record.complete_since:
        context.store.note(record.job_id, "complete_since", str(now))
        return 0.0
    return now - record.complete_since


def _closer_look(context: Context, farm: Farm, record: JobRecord, view: FarmJobView | None) -> FarmJobDetail | None:
    period = context.settings.poll_seconds * LOOK_CLOSER_EVERY
    turn = str(int(context.clock.now().timestamp() / period))
    if fate.says_over(view) or not context.store.note(record.job_id, "looked_closer", turn):
        return None
    return farm.detail(view.handle) if view else None


def _reasons(files: JobFiles, missing: list[int], over: str) -> dict[int, str]:
    """Why each pass has no pieces: what the nodes said about it if they said anything, and what is missing."""
    index, failures = receipts.list_receipts(files), receipts.node_failures(files)
    return {item: _reason(files, index, failures, item, over) for item in missing}


def _reason(files: JobFiles, index: receipts.Index, failures: Mapping[int, AttemptResult], item: int, over: str) -> str:
    numbers = receipts.missing_tasks(files.plan, index, [item])
    said = [failures[number] for number in numbers if number in failures]
    told = "".join(f" On node {result.host}: {result.reason} {result.advice}".rstrip() for result in said[:3])
    pieces = receipts.missing_pieces(files.plan, index, item)
    more = f" and {len(pieces) - 3} more" if len(pieces) > 3 else ""
    return f"{over.rstrip('.')}: {'; '.join(pieces[:3])}{more}.{told}"
