"""The mark that a bake on this machine has come to its end: killed while it cleans up, it does not begin again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flatiron_tasks.contracts.ended import Ended
from flatiron_tasks.share.atomic import share_error, write_atomically
from flatiron_tasks.share.bounded_read import read_bounded

if TYPE_CHECKING:
    from flatiron_tasks.pipeline.job_files import JobFiles


def end_of(files: JobFiles) -> Ended | None:
    """How the bake has ended; None if it has not, or if nothing is left of it. Raises ShareError, ContractError.

    Renderers of a bake that has ended stop by themselves.
    """
    path = files.folder.ended
    try:
        return Ended.from_json(read_bounded(path), source=str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise share_error(f"{path} cannot be read.", error) from error


def mark_ended(files: JobFiles, state: str) -> None:
    """Note that all textures are in place, or that nobody wants them any more. Raises ShareError."""
    ended = Ended(schema_version=2, job_id=files.job.job_id, state=state, cleaned=False)
    write_atomically(files.folder.ended, ended.to_json())
