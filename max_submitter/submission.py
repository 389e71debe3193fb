"""Submit a bake: the job on the share, placeholders at the final paths, one small message. Returns at once.

What stands at a final path and was made by a bake, be it a texture, is replaced by the placeholder, and kept in the job
folder until the job has ended: a cancelled job gives it back. Everything else is refused before anything is made,
unless the artist allows it. If a step fails, what was made is taken back; only when the message is lost everything
stays, because the job on the share is complete and `resend` is all it needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from flatiron_tasks.contracts.errors import BadInputError, FlatironError, TransportError
from flatiron_tasks.contracts.identity import JOB_ID_PATTERN
from flatiron_tasks.contracts.job import JobDescription
from max_submitter.description import draft_job
from max_submitter.final_paths import keep_previous, make_output_folder, place, refuse_foreign_files
from max_submitter.job_folder import make_job_folder
from max_submitter.request import BakeRequest
from max_submitter.taking_back import take_back
from max_submitter.undo import Undo


@dataclass(frozen=True)
class Submitted:
    """A bake that runs from here on without the artist's machine. All paths are local."""

    job_id: str
    job_folder: Path
    description_path: Path
    placeholders: tuple[Path, ...]
    """In plan order, ready to be assigned in the scene."""


def submit(
    request: BakeRequest,
    *,
    node_program: bytes,
    send: Callable[[str], None],
    clock: Callable[[], datetime],
    begin: Callable[[JobDescription], None] = lambda _: None,
    copied: Callable[[int], None] = lambda _: None,
    placed: Callable[[], None] = lambda: None,
) -> Submitted:
    """Submit a bake. `send` announces a job id to the workers, `clock` tells the time with its time zone.

    `begin` hears of the job before anything is made, `copied` how many bytes were copied since it was called last,
    `placed` that everything is made and only the message is missing; if it fails, everything is taken back.
    Raises BadInputError and OwnershipError before anything is made, ShareError with everything taken back, and
    TransportError with the job complete on the share (see `resend`).
    """
    draft = draft_job(request, clock())
    refuse_foreign_files(request.output_folder, draft.pictures, overwrite=request.overwrite)
    begin(draft.description)
    with Undo() as undo:
        make_output_folder(request.output_folder, undo)
        undo.add(
            partial(
                take_back, request.network_folder, draft.description, request.output_folder, remove_placeholders=True
            )
        )
        folder = make_job_folder(request, draft.description, node_program=node_program, copied=copied)
        # Copying a scene takes time, in which the artist may have saved a file there.
        refuse_foreign_files(request.output_folder, draft.pictures, overwrite=request.overwrite)
        keep_previous(request.output_folder, draft.pictures, folder.previous)
        placeholders = place(request.output_folder, draft.pictures, job_id=draft.description.job_id)
        placed()
    resend(draft.description.job_id, send=send)
    return Submitted(draft.description.job_id, folder.path, folder.description, placeholders)


def resend(job_id: str, *, send: Callable[[str], None]) -> None:
    """Announce a job that is complete on the share. Twice does no harm. Raises BadInputError, TransportError."""
    if not re.fullmatch(JOB_ID_PATTERN, job_id):
        raise BadInputError(
            f"{job_id!r} is not the id of a bake job.", advice="Copy it from the panel or `flatiron status`."
        )
    try:
        send(job_id)
    except (FlatironError, OSError) as error:
        raise TransportError(
            f"Bake job {job_id} is complete on the share, but the workers could not be told.",
            why=str(error),
            advice=f"Nothing is lost. Tell them later with `flatiron resubmit {job_id}`; do not bake again.",
        ) from error
