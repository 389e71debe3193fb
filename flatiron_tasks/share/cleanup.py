"""Remove a job folder: what the job made, nothing else, and nothing outside of it.

`job.desc` proves whose folder it is and `ended.json` that its job is over, so they go last: a clean-up that was killed
anywhere can be done again. Where something stays they stay too, and the next clean-up can still tell.

A listing of a network share may be out of date. When it can be trusted is for the caller to know: nothing here waits.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flatiron_tasks.contracts import layout
from flatiron_tasks.contracts.errors import ContractError, OwnershipError
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.share import atomic
from flatiron_tasks.share.folder_sweep import FolderSweep, Look
from flatiron_tasks.share.held_folder import HeldFolder, hold, is_folder
from flatiron_tasks.share.job_files import JobFiles


@dataclass(frozen=True)
class Leftovers:
    """What is still there: local paths of files that the job did not make, or that could not be deleted."""

    paths: tuple[str, ...] = ()


def empty_job_folder(folder: Path, *, job_id: str, network_folders: Sequence[Path]) -> Look:
    """Remove what job `job_id` made in its folder, but for `job.desc`, `ended.json` and the folder itself.

    One that is gone is empty. Raises as `remove_job_folder`.
    """
    with _held(folder, job_id, network_folders) as (_, held):
        return Look() if held is None else _emptied(held, folder, job_id).look


def remove_job_folder(folder: Path, *, job_id: str, network_folders: Sequence[Path]) -> Leftovers:
    """Remove the job folder `folder` of job `job_id`; one that is gone is a success. May run twice or be killed.

    Takes listings for the truth: for whoever made the files on this machine, or has looked for long enough.

    Raises OwnershipError if the folder is not a direct child of a network folder, is a link, has another name than
    `flatiron-<job id>`, or its `job.desc` does not name the job; ShareError if the network folder cannot be read.
    """
    with _held(folder, job_id, network_folders) as (parent, held):
        if held is None:
            return Leftovers()
        sweep = _emptied(held, folder, job_id)
        if not sweep.is_open:
            sweep.marks(held, job_id)
        if not sweep.is_open:
            sweep.remove_folder(parent, folder.name, folder)
        return Leftovers(tuple(sorted(sweep.stays | sweep.unseen)))


@contextmanager
def _held(folder: Path, job_id: str, network_folders: Sequence[Path]) -> Iterator[tuple[HeldFolder, HeldFolder | None]]:
    """The network folder and the job folder in it, None if it is gone. Raises OwnershipError, ShareError."""
    network_folder = _network_folder_of(folder, job_id, network_folders)
    try:
        with hold(network_folder) as parent:
            status = parent.status(folder.name)
            if status is None:
                yield parent, None
                return
            if not is_folder(status):
                raise _refusal(folder, "It is a link or a file.")
            with parent.enter(folder.name) as held:
                yield parent, held
    except OSError as error:
        raise atomic.share_error(f"{folder} cannot be cleaned.", error) from error


def _network_folder_of(folder: Path, job_id: str, network_folders: Sequence[Path]) -> Path:
    if folder.name != layout.folder_name(job_id):
        raise _refusal(folder, f"Its name is not {layout.folder_name(job_id)}.")
    for network_folder in network_folders:
        if _is_same_folder(network_folder, folder.parent):
            return network_folder  # from here on the configured folder and a name count, not the given path
    raise _refusal(folder, "It is not a direct child of a configured network folder.")


def _is_same_folder(one: Path, other: Path) -> bool:
    if os.path.normcase(one) == os.path.normcase(other):
        return True
    try:
        return one.samefile(other)
    except OSError:
        return False


def _emptied(held: HeldFolder, folder: Path, job_id: str) -> FolderSweep:
    job = _owner(held, folder, job_id)
    sweep = FolderSweep(folder, None if job is None else JobFiles(job))
    sweep.job_folder(held)
    return sweep


def _owner(held: HeldFolder, folder: Path, job_id: str) -> JobDescription | None:
    """The job that the folder says it belongs to; None if it does not say."""
    try:
        job = JobDescription.from_json(held.read(layout.DESCRIPTION), source=str(folder / layout.DESCRIPTION))
    except FileNotFoundError:
        return None
    except ContractError as error:
        raise _refusal(folder, f"Whose it is cannot be read. {error}") from error
    if job.job_id != job_id:
        raise _refusal(folder, f"Its {layout.DESCRIPTION} belongs to job {job.job_id}.")
    return job


def _refusal(folder: Path, why: str) -> OwnershipError:
    return OwnershipError(
        f"{folder} is not cleaned.",
        why=why,
        advice="Look into it. If a bake job made it, correct `network_folders` in the settings, or delete it by hand.",
    )
