"""Merge one pass as soon as its pieces are there, while other passes still render."""

from __future__ import annotations

from functools import partial
from time import monotonic

from flatiron_tasks.contracts.errors import FlatironError, RejectedPieceError
from flatiron_tasks.contracts.merged_pass import MergedPass
from flatiron_tasks.log_context import about
from flatiron_tasks.pipeline import pass_merge
from flatiron_tasks.pipeline.attempt import Subject, attempt
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.files_on_share import read_merged_pass
from flatiron_tasks.pipeline.job_files import JobFiles, open_job
from flatiron_tasks.pipeline.lease import Lease, leased
from flatiron_tasks.pipeline.measured import MERGE_SECONDS, MERGED_PIXELS, REJECTED_PIECES
from flatiron_tasks.pipeline.next_steps import MERGE_PASS, Step, waits_for_share
from flatiron_tasks.pipeline.previews import PassPreviews
from flatiron_tasks.pipeline.rejections import kind_of
from flatiron_tasks.pipeline.resume import resume
from flatiron_tasks.pipeline.states import WORKING, PassState


def merge_pass(context: Context, job_id: str, pass_index: int) -> None:
    """Merge a rendered pass. Raises what went wrong after noting it in the record; StaleLeaseError if overtaken."""
    step = Step(MERGE_PASS, (job_id, pass_index))
    with leased(context.store, job_id, step.lease, seconds=context.settings.lease_seconds) as lease:
        record = context.store.load(job_id)
        if lease is None or record.state not in WORKING or record.passes[pass_index].state is not PassState.RENDERED:
            return
        if waits_for_share(record, context.clock.now().timestamp()):
            return  # a message may be late, or doubled
        subject = Subject(step, "passes", pass_index, f"Merging pass {pass_index}")
        with (
            about(job=job_id, pass_index=pass_index, attempt=record.passes[pass_index].attempts + 1),
            context.measures.together(),
            attempt(context, subject, lambda error: _give_up(context, lease, pass_index, error)),
        ):
            _merge(context, lease, pass_index)
    resume(context, job_id)


def _merge(context: Context, lease: Lease, pass_index: int) -> None:
    files = open_job(lease.job_id, context.settings.network_folders)
    previews = PassPreviews(files, pass_index)
    merged = read_merged_pass(files, pass_index) or _merge_measured(context, files, pass_index, previews)
    previews.save()
    texture = previews.textures[0].index
    previews.show(context.store.passes_unmerged(lease.job_id, texture) - 1)  # before anybody hears of this pass
    context.store.finish_pass(
        lease.job_id,
        pass_index,
        lease.token,
        PassState.MERGED,
        reason=" ".join(merged.notes),
        sentence=" ".join((f"Pass {pass_index} ({files.plan.passes[pass_index].label}) is merged.", *merged.notes)),
    )
    if not context.store.passes_unmerged(lease.job_id, texture):
        previews.show(0)  # of passes that end at the same moment, none may have known that it is the last


def _merge_measured(context: Context, files: JobFiles, pass_index: int, previews: PassPreviews) -> MergedPass:
    measures, begun = context.measures, monotonic()
    merged = pass_merge.merge_pass(
        files,
        pass_index,
        threads=context.settings.merge_threads,
        previews=previews,
        on_rejected=partial(_count_rejected, context),
    )
    pixels = sum(element.width * element.height for element in files.job.elements)
    measures.count(MERGED_PIXELS, {"step": MERGE_PASS}, pixels)
    measures.observe(MERGE_SECONDS, {"step": MERGE_PASS}, monotonic() - begun)
    return merged


def _count_rejected(context: Context, error: RejectedPieceError) -> None:
    context.measures.count(REJECTED_PIECES, {"reason": kind_of(error)})


def _give_up(context: Context, lease: Lease, pass_index: int, error: FlatironError) -> None:
    context.store.finish_pass(
        lease.job_id, pass_index, lease.token, PassState.FAILED, reason=error.reason, sentence=str(error)
    )
