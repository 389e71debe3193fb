"""The front desk: a submitter's message names a job; everything else is read from its job folder and checked.

The same function rebuilds a record that Redis has lost: passes that are merged and textures that are delivered are
recognised by their files. A job that had ended, but was not cleaned up behind, goes on where its mark says.
"""

from __future__ import annotations

import json
import logging
import re

from flatiron_tasks.contracts.channels import artist_events
from flatiron_tasks.contracts.errors import BadInputError, FlatironError, ForbiddenError
from flatiron_tasks.contracts.identity import JOB_ID_PATTERN
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.end_mark import begins_at
from flatiron_tasks.pipeline.files_on_share import final_path, read_finished, read_merged_pass
from flatiron_tasks.pipeline.job_files import (
    JobFiles,
    check_manager,
    check_network_folder,
    is_unfinished,
    job_ids_on_share,
    open_job,
)
from flatiron_tasks.pipeline.ownership import refuse_other_submitters, refuse_strangers
from flatiron_tasks.pipeline.plan import Texture
from flatiron_tasks.pipeline.resume import resume
from flatiron_tasks.pipeline.states import JobState, PassState, TextureState
from flatiron_tasks.pipeline.store import NewTexture
from flatiron_tasks.share.atomic import sha256_of
from flatiron_tasks.share.cleanup import remove_job_folder

log = logging.getLogger(__name__)


def accept(context: Context, job_id: str, *, forgotten: bool = False, account: str | None = None) -> None:
    """Make the record of a job if it has none, and start it. A `forgotten` job may be on the farm already.

    An `account` announces own jobs only, None all. Raises BadInputError (ContractError, ForbiddenError), ShareError.
    """
    if not re.fullmatch(JOB_ID_PATTERN, job_id):
        raise BadInputError(f"{job_id!r:.80} is not the id of a bake job.")
    if not context.store.exists(job_id):
        try:
            files, begin = _open_new(context, job_id, account)
            _create(context, files, begin, forgotten=forgotten)
        except ForbiddenError:
            raise  # what a stranger tries says nothing about the job
        except FlatironError as error:
            context.store.artists.refuse(job_id, str(error))
            raise
    if account is not None:
        refuse_strangers(context.store.load(job_id), account)
    resume(context, job_id)


def _open_new(context: Context, job_id: str, account: str | None) -> tuple[JobFiles, JobState]:
    """The files of a job, and the state in which it is taken up."""
    files = open_job(job_id, context.settings.network_folders)
    refuse_other_submitters(files.job, account)
    begin = begins_at(files.folder, job_id)
    if begin is None:
        raise BadInputError(f"Job {job_id} has ended; its folder is what was left of it.", advice="Bake again.")
    check_network_folder(files, context.mapping)
    check_manager(files.job, context.settings.farm_managers)
    return files, begin


def accept_forgotten(context: Context) -> list[str]:
    """Accept every job on the share that has no record: its message was lost, or Redis was.

    A job that was done begins in `done`, which tells nobody: people were told of that end, or were about to be, when it
    was marked. One that was being cancelled has not come to its end yet; whoever is told of it is told once.
    """
    unknown = context.store.index.unknown(job_ids_on_share(context.settings.network_folders))
    return [job_id for job_id in unknown if _accept_or_log(context, job_id)]


def _accept_or_log(context: Context, job_id: str) -> bool:
    """A job folder that nobody can read, for whatever reason, holds up no other job; the log keeps the traceback."""
    try:
        if not is_unfinished(job_id, context.settings.network_folders):
            _remove_rest(context, job_id)
            return False
        accept(context, job_id, forgotten=True)
    except Exception:
        log.exception("the job folder of %s cannot be accepted", job_id)
        return False
    return True


def _remove_rest(context: Context, job_id: str) -> None:
    """Remove a folder of which no record can be made: a clean-up died after the description, before the mark."""
    for root in context.settings.network_folders:
        folder = JobFolder.of(root, job_id)
        is_rest = folder.ended.exists() and not folder.description.exists()
        if is_rest and begins_at(folder, job_id) is not None:
            remove_job_folder(folder.path, job_id=job_id, network_folders=context.settings.network_folders)


def _create(context: Context, files: JobFiles, begin: JobState, *, forgotten: bool) -> None:
    job, plan = files.job, files.plan
    is_done = begin is JobState.DONE  # cleaning has perhaps taken the files that would prove it
    merged = [is_done or read_merged_pass(files, item.index) is not None for item in plan.passes]
    textures = [_texture(context, files, texture, is_done=is_done) for texture in plan.textures]
    fields = {
        "state": begin,
        "job_name": job.job_name,
        "artist": job.submitted_by.user,
        "host": job.submitted_by.host,
        "artist_events": artist_events(job.submitted_by.user),
        "manager": f"{job.farm.manager}:{job.farm.port}",
        "network_folder": job.network_folder,
        "output_folder": job.output_folder,
        "passes_total": str(len(merged)),
        "passes_merged": str(sum(merged)),
        "textures_total": str(len(textures)),
        "textures_done": str(sum(item.state is TextureState.DELIVERED for item in textures)),
        "keep_pieces": "1" if job.keep_pieces else "0",
        "handed_over": "1" if forgotten or begin is not JobState.SUBMITTED else "",
        "labels": json.dumps([item.label for item in plan.passes]),
    }
    passes = [PassState.MERGED if done else PassState.WAITING for done in merged]
    sentence = f"{job.job_name} is {_BEGINNINGS[begin]}: {len(passes)} passes, {len(textures)} textures."
    context.store.create(job.job_id, fields=fields, passes=passes, textures=textures, sentence=sentence)


_BEGINNINGS = {
    JobState.SUBMITTED: "submitted",
    JobState.DONE: "finished, its job folder is still to be cleaned up",
    JobState.CANCELLING: "being cancelled",
}


def _texture(context: Context, files: JobFiles, texture: Texture, *, is_done: bool) -> NewTexture:
    path = final_path(context.mapping, files, texture, roots=context.settings.output_folders)
    finished = read_finished(files, texture)
    delivered = finished is not None and path is not None and path.is_file() and sha256_of(path) == finished.sha256
    state = TextureState.DELIVERED if delivered or is_done else TextureState.WAITING
    return NewTexture(state, f"{files.job.output_folder}/{texture.file_name}", texture.passes)
