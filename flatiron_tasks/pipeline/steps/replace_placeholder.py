"""Compose one texture when all its passes are merged, and put it where its placeholder is."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from time import monotonic

from flatiron_tasks.contracts.errors import FlatironError
from flatiron_tasks.contracts.finished import FinishedTexture
from flatiron_tasks.contracts.mark import find_mark
from flatiron_tasks.log_context import about
from flatiron_tasks.pipeline.attempt import Subject, attempt
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.files_on_share import final_path, read_finished, read_merged_pass
from flatiron_tasks.pipeline.job_files import JobFiles, open_job
from flatiron_tasks.pipeline.last_piece import Merged, since_last_piece
from flatiron_tasks.pipeline.lease import Lease, leased
from flatiron_tasks.pipeline.measured import LAST_PIECE_TO_TEXTURE, MERGE_SECONDS, MERGED_PIXELS
from flatiron_tasks.pipeline.next_steps import REPLACE_PLACEHOLDER, Step, waits_for_share
from flatiron_tasks.pipeline.plan import Texture
from flatiron_tasks.pipeline.proofs import keep_proof
from flatiron_tasks.pipeline.resume import resume
from flatiron_tasks.pipeline.states import WORKING, TextureState
from flatiron_tasks.pipeline.texture_finish import LostLayerError, finish_texture
from flatiron_tasks.share.delivery import Delivery, deliver
from flatiron_tasks.share.discarded import read_discarded

_STATES = {
    "delivered": TextureState.DELIVERED,
    "already": TextureState.DELIVERED,
    "beside": TextureState.BESIDE,
    "absent": TextureState.COLLECTABLE,
}
_SENTENCES = {
    "delivered": "{name} is in place.",
    "already": "{name} is in place.",
    "absent": "{name} is finished and waits in the job folder: no placeholder of this job is where the workers look.",
}


def replace_placeholder(context: Context, job_id: str, texture_index: int) -> None:
    """Finish one texture. Raises what went wrong after noting it in the record; StaleLeaseError if overtaken."""
    step = Step(REPLACE_PLACEHOLDER, (job_id, texture_index))
    with leased(context.store, job_id, step.lease, seconds=context.settings.lease_seconds) as lease:
        record = context.store.load(job_id)
        texture = record.textures[texture_index]
        if (
            lease is None
            or record.state not in WORKING
            or texture.unmerged
            or texture.state is not TextureState.WAITING
        ):
            return
        if waits_for_share(record, context.clock.now().timestamp()):
            return  # a message may be late, or doubled
        subject = Subject(step, "textures", texture_index, f"Finishing {texture.path}")
        with (
            about(job=job_id, texture=texture_index, attempt=texture.attempts + 1),
            context.measures.together(),
            attempt(context, subject, lambda error: _give_up(context, lease, texture_index, texture.path, error)),
        ):
            _replace(context, lease, texture_index)
    resume(context, job_id)


def _replace(context: Context, lease: Lease, texture_index: int) -> None:
    files = open_job(lease.job_id, context.settings.network_folders)
    texture = files.plan.textures[texture_index]
    merged = cache(partial(read_merged_pass, files))
    earlier, begun = read_finished(files, texture), monotonic()
    finished = earlier or _finish(context, files, texture, merged)
    composed = monotonic()
    # Before it can be seen: a texture in place has its proof, or a note that says why not.
    notes = (*finished.notes, *keep_proof(files, texture, finished))
    delivery = _deliver(context, files, texture, finished)
    path = delivery.path or f"{files.job.output_folder}/{texture.file_name}"
    sentence = _sentence(texture, delivery, path)
    context.store.finish_texture(
        lease.job_id,
        texture_index,
        lease.token,
        _STATES[delivery.outcome],
        path=path,
        note=" ".join((sentence, *notes) if delivery.outcome == "beside" else notes),
        sentence=" ".join((sentence, *notes)),
    )
    if earlier is None:
        waited = since_last_piece(files, texture, merged)
        _measure(context, files, texture, waited, composing=composed - begun, delivering=monotonic() - composed)


def _measure(
    context: Context, files: JobFiles, texture: Texture, waited: float | None, *, composing: float, delivering: float
) -> None:
    """Of a texture that was composed now: one that lay there may have lain for days."""
    element, labels = files.plan.element(texture), {"step": REPLACE_PLACEHOLDER}
    context.measures.count(MERGED_PIXELS, labels, element.width * element.height)
    context.measures.observe(MERGE_SECONDS, labels, composing)
    if waited is not None:
        context.measures.observe(LAST_PIECE_TO_TEXTURE, {}, waited + delivering)


def _finish(context: Context, files: JobFiles, texture: Texture, merged: Merged) -> FinishedTexture:
    """Compose; a layer that got lost sends its pass back to be merged again."""
    try:
        return finish_texture(files, texture, merged, threads=context.settings.merge_threads)
    except LostLayerError as error:
        files.folder.merged_pass(error.pass_index).unlink(missing_ok=True)
        context.store.merge_again(files.job.job_id, error.pass_index, sentence=error.reason)
        raise


def _sentence(texture: Texture, delivery: Delivery, path: str) -> str:
    if delivery.outcome != "beside":
        return _SENTENCES[delivery.outcome].format(name=texture.file_name)
    if delivery.held:
        return f"A program holds the placeholder of {texture.file_name} open, so the result stands beside it: {path}"
    mark = find_mark(Path(path).with_name(texture.file_name))
    if mark is not None and mark.kind == "placeholder":
        return f"{texture.file_name} belongs to a later bake, {mark.job_id}, so this result stands beside it: {path}"
    return (
        f"{texture.file_name} was changed by somebody since the bake was submitted, so the result stands beside it: "
        f"{path}"
    )


def _deliver(context: Context, files: JobFiles, texture: Texture, finished: FinishedTexture) -> Delivery:
    final = final_path(context.mapping, files, texture, roots=context.settings.output_folders)
    if final is None:
        return Delivery(path="", outcome="absent")
    return deliver(
        files.folder.finished_texture(texture.file_name),
        final,
        job_id=files.job.job_id,
        placeholder_sha256=files.job.placeholders[texture.index].sha256,
        finished_sha256=finished.sha256,
        create_missing=False,
        earlier_sha256=read_discarded(files.folder, files.job.job_id).results,
    )


def _give_up(context: Context, lease: Lease, texture_index: int, path: str, error: FlatironError) -> None:
    failed, note, text = TextureState.FAILED, error.reason, str(error)
    context.store.finish_texture(lease.job_id, texture_index, lease.token, failed, path=path, note=note, sentence=text)
