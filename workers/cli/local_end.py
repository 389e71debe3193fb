"""The mark that a bake on this machine has come to its end: killed while it cleans up, it does not begin again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flatiron_tasks.contracts.ended import Ended
from flatiron_tasks.share.atomic import write_atomically

if TYPE_CHECKING:
    from flatiron_tasks.pipeline.job_files import JobFiles


def has_ended(files: JobFiles) -> bool:
    """Whether all that is left to do is to remove the job folder."""
    return files.folder.ended.exists()


def mark_ended(files: JobFiles, state: str) -> None:
    """Note that all textures, or all earlier files, are in place. Raises ShareError."""
    ended = Ended(schema_version=2, job_id=files.job.job_id, state=state, cleaned=False)
    write_atomically(files.folder.ended, ended.to_json())
