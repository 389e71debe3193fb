"""Bring finished textures from the job folder to the output folder that the workers could not reach.

Runs on the artist's machine, from the panel or by `flatiron collect`, as often as one likes. Deletes nothing: the
workers clean the job folder when every texture is acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.contracts.finished import FinishedTexture
from flatiron_tasks.contracts.job import JobDescription, Placeholder
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.share.atomic import sha256_of, share_error
from flatiron_tasks.share.bounded_read import LARGEST_DESCRIPTION, read_bounded
from flatiron_tasks.share.delivery import deliver
from flatiron_tasks.share.discarded import read_discarded

CollectOutcome = Literal["delivered", "already", "beside", "not finished"]


@dataclass(frozen=True)
class CollectedTexture:
    """What became of one texture."""

    index: int
    file_name: str
    outcome: CollectOutcome
    """`beside`: the final path holds somebody else's file, the texture stands beside it."""
    path: str
    """Where it is now; empty while it is not finished."""


@dataclass(frozen=True)
class CollectReport:
    """What became of every texture of a job, in plan order."""

    job_id: str
    textures: tuple[CollectedTexture, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every texture is where the artist wants it, or beside it."""
        return all(texture.outcome != "not finished" for texture in self.textures)


def collect(job_folder: Path, output_folder: Path, acknowledge: Callable[[int, Path], object]) -> CollectReport:
    """Deliver what is finished; `acknowledge` hears each texture's index and path after it is safely there.

    A broken texture does not keep the others from being delivered. Raises ShareError naming the broken ones or a file
    that cannot be read or written now, ContractError for an unreadable document, OwnershipError if a texture can stand
    neither at its final path nor beside it, and whatever `acknowledge` raises; the next call does what is left.
    """
    folder = JobFolder(job_folder)
    job = JobDescription.from_json(_read(folder.description), source=str(folder.description))
    textures, broken = [], []
    for index, placeholder in enumerate(job.placeholders):
        try:
            texture = _collect_one(folder, job, index, placeholder, output_folder)
        except _BrokenTextureError as error:
            broken.append(error.what)
            continue
        if texture.path:
            acknowledge(index, Path(texture.path))
        textures.append(texture)
    if broken:
        raise ShareError(
            f"{len(broken)} finished texture(s) of job {job.job_id} are not what was recorded: {' '.join(broken)}",
            why="The share may still hold an older view of the file, or the file was damaged.",
            advice="Collect again in a minute. If it stays, make the texture again: `flatiron requeue`.",
        )
    return CollectReport(job.job_id, tuple(textures))


class _BrokenTextureError(ShareError):
    """One texture is not what its document says."""


def _collect_one(
    folder: JobFolder, job: JobDescription, index: int, placeholder: Placeholder, output_folder: Path
) -> CollectedTexture:
    name = placeholder.file_name
    record = _record(folder, job, index, name)
    if record is None:
        return CollectedTexture(index, name, "not finished", "")
    finished = folder.finished_texture(name)
    _check(finished, record)
    _make(output_folder)
    delivery = deliver(
        finished,
        output_folder / name,
        job_id=job.job_id,
        placeholder_sha256=placeholder.sha256,
        finished_sha256=record.sha256,
        create_missing=True,
        earlier_sha256=read_discarded(folder, job.job_id).results,
    )
    if delivery.outcome == "absent":
        raise ShareError(f"{output_folder} went away while {name} was collected.", advice="Collect again.")
    return CollectedTexture(index, name, delivery.outcome, delivery.path)


def _record(folder: JobFolder, job: JobDescription, index: int, name: str) -> FinishedTexture | None:
    """What the workers recorded of a finished texture, or None if it is not finished."""
    path = folder.finished_texture(f"{name}.json")
    if not path.exists():
        return None
    record = FinishedTexture.from_json(_read(path), source=str(path))
    if (record.job_id, record.texture, record.file_name) != (job.job_id, index, name):
        raise _BrokenTextureError(f"{path} speaks of another texture.")
    return record


def _check(finished: Path, record: FinishedTexture) -> None:
    try:
        size = finished.stat().st_size
    except FileNotFoundError:
        raise _BrokenTextureError(f"{finished} is missing.") from None
    except OSError as error:
        raise share_error(f"{finished} cannot be read.", error) from error
    if size != record.size:
        raise _BrokenTextureError(f"{finished} has {size} bytes instead of {record.size}.")
    if sha256_of(finished) != record.sha256:
        raise _BrokenTextureError(f"{finished} has other content than recorded.")


def _make(output_folder: Path) -> None:
    try:
        output_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise share_error(f"The output folder {output_folder} cannot be made.", error) from error


def _read(path: Path) -> bytes:
    try:
        return read_bounded(path, LARGEST_DESCRIPTION)
    except OSError as error:
        raise share_error(f"{path} cannot be read.", error) from error
