"""Remove the folders of a job, and be sure of it though listings of the share may be late by `share_caching_seconds`.

One look deletes what it finds, and cannot know what it was not shown. So nothing is final before an earlier look, made
at least that long ago, has found the same and since then nothing was there to delete. Until then `job.desc` and
`ended.json` stay, which keep the folder this job's and the job ended. Waits nowhere: the sweep comes again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from flatiron_tasks.contracts.errors import OwnershipError, ShareError
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.share.cleanup import empty_job_folder, remove_job_folder
from flatiron_tasks.share.folder_sweep import Look


@dataclass(frozen=True)
class _LastLook:
    """What stands in the record's `last_look`: a hash of what was left, and since when looks find that."""

    left: str
    since: float


def remove_folders(context: Context, record: JobRecord, folders: Sequence[JobFolder]) -> str | None:
    """Remove what the job made in these folders, and the folders.

    Returns what has to stay for good, for people; None if that cannot be told yet and the step must come again.
    Raises ShareError, to the same effect, where something is left that the share does not show.
    """
    now = context.clock.now().timestamp()
    looks = [_look(context, record.job_id, folder) for folder in folders]
    look = Look(
        stays=tuple(path for look in looks for path in look.stays),
        unseen=tuple(path for look in looks for path in look.unseen),
        has_deleted=any(look.has_deleted for look in looks),
    )
    if not _is_final(context, record, look, now):
        _refuse_unseen(look.unseen)
        return None
    if not look.stays and not look.unseen:
        _refuse_unseen([path for folder in folders for path in _remove(context, record.job_id, folder)])
    return ", ".join((*look.stays, *look.unseen))


def _look(context: Context, job_id: str, folder: JobFolder) -> Look:
    try:
        return empty_job_folder(folder.path, job_id=job_id, network_folders=context.settings.network_folders)
    except OwnershipError as error:
        return Look(stays=(f"{folder.path} ({error.why})",))  # whose it is cannot be told: it stays, and is named


def _remove(context: Context, job_id: str, folder: JobFolder) -> tuple[str, ...]:
    return remove_job_folder(folder.path, job_id=job_id, network_folders=context.settings.network_folders).paths


def _is_final(context: Context, record: JobRecord, look: Look, now: float) -> bool:
    """Whether this look is the last one; if not, it is noted for the next."""
    caching = context.settings.share_caching_seconds
    left = hashlib.sha256("\n".join((*look.stays, *look.unseen)).encode("utf-8", "surrogateescape")).hexdigest()
    before = _LastLook(**json.loads(record.last_look)) if record.last_look else None
    if before is not None and before.left == left and not look.has_deleted:
        return now - before.since >= caching
    context.store.note(record.job_id, "last_look", json.dumps(asdict(_LastLook(left, now))))
    return caching == 0 and not look.unseen


def _refuse_unseen(paths: Sequence[str]) -> None:
    if paths:
        raise ShareError(
            f"Not everything of the job folder is removed yet: {', '.join(paths)}.",
            why="Something is in there that the share does not list, or that was written this moment.",
            advice="The clean-up looks again by itself.",
        )
