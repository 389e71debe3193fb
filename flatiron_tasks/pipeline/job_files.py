"""A job as it lies on the share: its folder, its description, its plan. The name of a job is all that is needed."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flatiron_tasks.contracts.errors import BadInputError, ContractError, ShareError
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.contracts.layout import JobFolder, folder_name
from flatiron_tasks.pipeline.end_mark import begins_at
from flatiron_tasks.pipeline.plan import Plan
from flatiron_tasks.share.bounded_read import LARGEST_DESCRIPTION, read_bounded
from flatiron_tasks.share.links import refuse_links
from flatiron_tasks.share.path_mapping import PathMapping


@dataclass(frozen=True)
class JobFiles:
    """A job folder as this machine sees it, its description read and checked."""

    folder: JobFolder
    job: JobDescription
    plan: Plan


def open_job(job_id: str, network_folders: Sequence[Path]) -> JobFiles:
    """Find a job by its id below the configured network folders. Raises ShareError, ContractError."""
    for root in network_folders:
        folder = JobFolder.of(root, job_id)
        if folder.description.is_file():
            return read_job(folder.description)
    seen = ", ".join(map(str, network_folders)) or "no folder at all"
    raise ShareError(
        f"The job folder {folder_name(job_id)} is not in any network folder of this worker.",
        why=f"Configured are: {seen}.",
        advice="Check `network_folders` in this worker's settings, and that the share is mounted.",
    )


def read_job(description: Path) -> JobFiles:
    """Read `job.desc`.

    Raises ShareError if it cannot be read, ContractError if it breaks its contract, OwnershipError if a link in the job
    folder leads elsewhere.
    """
    try:
        text = read_bounded(description, LARGEST_DESCRIPTION)
    except OSError as error:
        raise ShareError(f"{description} cannot be read.", why=str(error), advice="Check the share.") from error
    job, plan = _parse(text, str(description))
    folder = JobFolder(description.parent)
    if folder.path.name != folder_name(job.job_id):
        raise ContractError(
            f"{description} describes job {job.job_id}, but its folder is named {folder.path.name}.",
            advice=f"A job folder is named {folder_name(job.job_id)}; do not rename or copy it.",
        )
    refuse_links(folder)
    return JobFiles(folder, job, plan)


@lru_cache(maxsize=8)
def _parse(text: bytes, source: str) -> tuple[JobDescription, Plan]:
    """What a description says. A worker merges one pass after the other of the same few jobs, and each step reads the
    file again; only what the bytes mean is remembered."""
    job = JobDescription.from_json(text, source=source)
    return job, Plan(job)


def check_network_folder(files: JobFiles, mapping: PathMapping) -> None:
    """Refuse a job that names another network folder than the one it was found in: nodes would run what lies there.

    Raises BadInputError, PathMappingError.
    """
    named, found = Path(mapping.to_local(files.job.network_folder)), files.folder.path.parent
    if not _is_same(named, found):
        raise BadInputError(
            f"Job {files.job.job_id} lies in {found}, but its description names {files.job.network_folder}.",
            why=f"On this machine that is {named}.",
            advice="Correct `path_rules` of this worker, or of the machine that submitted.",
        )


def check_manager(job: JobDescription, allowed: Collection[str]) -> None:
    """Refuse a job of a farm manager that is not among those allowed, if there are any. Raises BadInputError."""
    manager = f"{job.farm.manager}:{job.farm.port}"
    if allowed and manager.casefold() not in allowed:
        raise BadInputError(
            f"Job {job.job_id} names the farm manager {manager}, to which workers may not connect.",
            why=f"`farm_managers` names {', '.join(allowed)}.",
            advice="Submit to one of these, or add it to `farm_managers` of the workers.",
        )


def _is_same(named: Path, found: Path) -> bool:
    """Whether both are one folder. A path on another server or drive is not even looked at: Windows would tell that
    server who asks."""
    if os.path.normcase(named) == os.path.normcase(found):
        return True
    is_near = os.path.normcase(named.anchor) == os.path.normcase(found.anchor)
    return is_near and named.is_dir() and named.samefile(found)


def job_ids_on_share(network_folders: Sequence[Path]) -> list[str]:
    """Ids of all jobs that seem to have a folder: one listing of each network folder, no look into any job folder."""
    prefix = folder_name("")
    names: set[str] = set()
    for root in network_folders:
        if root.is_dir():
            with os.scandir(root) as entries:
                names.update(entry.name for entry in entries if entry.name.startswith(prefix))
    return sorted(name.removeprefix(prefix) for name in names)


def is_unfinished(job_id: str, network_folders: Sequence[Path]) -> bool:
    """Whether the job has a folder with a description in which something is left to do, as far as the folder says.

    Raises ShareError.
    """
    folders = [JobFolder.of(root, job_id) for root in network_folders]
    return any(folder.description.is_file() and begins_at(folder, job_id) is not None for folder in folders)
