"""The front desk: a submitter's message names a job; everything else is read from its job folder and checked.

The same function rebuilds a record that Redis has lost: passes that are merged and textures that are delivered are
recognised by their files.
"""

from __future__ import annotations

import json
import logging
import re

from flatiron_tasks.contracts.channels import artist_events
from flatiron_tasks.contracts.errors import BadInputError, FlatironError, ForbiddenError
from flatiron_tasks.contracts.identity import JOB_ID_PATTERN
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.files_on_share import final_path, read_finished, read_merged_pass
from flatiron_tasks.pipeline.job_files import JobFiles, check_network_folder, job_ids_on_share, open_job
from flatiron_tasks.pipeline.ownership import refuse_other_submitters, refuse_strangers
from flatiron_tasks.pipeline.plan import Texture
from flatiron_tasks.pipeline.resume import resume
from flatiron_tasks.pipeline.states import PassState, TextureState
from flatiron_tasks.pipeline.store import NewTexture
from flatiron_tasks.share.atomic import sha256_of

log = logging.getLogger(__name__)


def accept(context: Context, job_id: str, *, forgotten: bool = False, account: str | None = None) -> None:
    """Make the record of a job if it has none, and start it. A `forgotten` job may be on the farm already.

    An `account` announces own jobs only, None all. Raises BadInputError (ContractError, ForbiddenError), ShareError.
    """
    if not re.fullmatch(JOB_ID_PATTERN, job_id):
        raise BadInputError(f"{job_id!r:.80} is not the id of a bake job.")
    if not context.store.exists(job_id):
        try:
            _create(context, _open_new(context, job_id, account), forgotten=forgotten)
        except ForbiddenError:
            raise  # what a stranger tries says nothing about the job
        except FlatironError as error:
            context.store.refuse(job_id, str(error))
            raise
    if account is not None:
        refuse_strangers(context.store.load(job_id), account)
    resume(context, job_id)


def _open_new(context: Context, job_id: str, account: str | None) -> JobFiles:
    files = open_job(job_id, context.settings.network_folders)
    refuse_other_submitters(files.job, account)
    if files.folder.ended.exists():
        raise BadInputError(f"Job {job_id} has ended; its folder is what was left of it.", advice="Bake again.")
    check_network_folder(files, context.mapping)
    return files


def accept_forgotten(context: Context) -> list[str]:
    """Accept every job on the share that has no record: its message was lost, or Redis was."""
    known = context.store.exists
    forgotten = [job_id for job_id in job_ids_on_share(context.settings.network_folders) if not known(job_id)]
    return [job_id for job_id in forgotten if _accept_or_log(context, job_id)]


def _accept_or_log(context: Context, job_id: str) -> bool:
    """A job folder that nobody can read, for whatever reason, holds up no other job; the log keeps the traceback."""
    try:
        accept(context, job_id, forgotten=True)
    except Exception:
        log.exception("the job folder of %s cannot be accepted", job_id)
        return False
    return True


def _create(context: Context, files: JobFiles, *, forgotten: bool) -> None:
    job, plan = files.job, files.plan
    merged = [read_merged_pass(files, item.index) is not None for item in plan.passes]
    textures = [_texture(context, files, texture) for texture in plan.textures]
    fields = {
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
        "handed_over": "1" if forgotten else "",
        "labels": json.dumps([item.label for item in plan.passes]),
    }
    passes = [PassState.MERGED if done else PassState.WAITING for done in merged]
    sentence = f"{job.job_name} is submitted: {len(passes)} passes, {len(textures)} textures."
    context.store.create(job.job_id, fields=fields, passes=passes, textures=textures, sentence=sentence)


def _texture(context: Context, files: JobFiles, texture: Texture) -> NewTexture:
    path = final_path(context.mapping, files, texture, roots=context.settings.output_folders)
    finished = read_finished(files, texture)
    delivered = finished is not None and path is not None and path.is_file() and sha256_of(path) == finished.sha256
    state = TextureState.DELIVERED if delivered else TextureState.WAITING
    return NewTexture(state, f"{files.job.output_folder}/{texture.file_name}", texture.passes)
