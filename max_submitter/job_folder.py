"""Make a job folder on the share: subfolders, copied files, node program, and `job.desc` last, which makes it a job."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from flatiron_tasks.contracts.errors import BadInputError, SceneError
from flatiron_tasks.contracts.job import JobDescription, Scene
from flatiron_tasks.contracts.layout import SUBFOLDERS, JobFolder
from flatiron_tasks.contracts.merge_files import ColourConfig, UvMask
from flatiron_tasks.share.atomic import BLOCK_BYTES, sha256_of, share_error, write_atomically
from flatiron_tasks.share.cleanup import remove_job_folder
from max_submitter.request import BakeRequest


def make_job_folder(
    request: BakeRequest,
    draft: JobDescription,
    *,
    node_program: bytes,
    copied: Callable[[int], None] = lambda _: None,
) -> JobFolder:
    """Make the folder of a job, complete. `draft` lacks the hashes of the files; what `job.desc` says has them.
    `copied` hears how many bytes of the scene were copied since it was called last.

    Raises BadInputError if the network folder is not there, SceneError if the scene changes meanwhile and BadInputError
    if another file does, ShareError. What was made then stays, for `taking_back`.
    """
    if not _is_there(request.network_folder):
        raise BadInputError(
            f"The network folder {request.network_folder} is not there.",
            advice="Check the path and that the share is connected.",
        )
    folder = JobFolder.of(request.network_folder, draft.job_id)
    _make_folders(folder)
    finished = dataclasses.replace(
        draft,
        scene=_bring_scene(request.scene, draft.scene, folder, copied),
        colour=_bring_colour(request, draft, folder),
        masks=_bring_masks(request, draft, folder),
    )
    write_atomically(folder.node_program, node_program)
    write_atomically(folder.description, finished.to_json())
    return folder


def _is_there(network_folder: Path) -> bool:
    try:
        return network_folder.is_dir()
    except OSError as error:
        raise share_error(f"The network folder {network_folder} cannot be looked at.", error) from error


def _make_folders(folder: JobFolder) -> None:
    try:
        folder.path.mkdir()
        for name in SUBFOLDERS:
            (folder.path / name).mkdir()
    except OSError as error:
        raise share_error(f"The job folder {folder.path} cannot be made.", error) from error


def _bring_scene(scene: Path, draft: Scene, folder: JobFolder, copied: Callable[[int], None]) -> Scene:
    """The scene with its hash; copied in the same reading if it is to be copied."""
    if draft.copied:
        size, sha256 = _copy(scene, folder.scene / draft.path, copied)
    else:
        size, sha256 = draft.size, sha256_of(scene)
    if size != draft.size:
        raise SceneError(f"The scene {scene} changed while it was copied.", advice="Let it be saved, then bake again.")
    return dataclasses.replace(draft, sha256=sha256)


def _bring_colour(request: BakeRequest, draft: JobDescription, folder: JobFolder) -> ColourConfig | None:
    if request.colour is None or draft.colour is None:
        return None
    return _bring(request.colour.path, draft.colour, folder.colour)


def _bring_masks(request: BakeRequest, draft: JobDescription, folder: JobFolder) -> tuple[UvMask, ...]:
    pairs = zip(request.masks, draft.masks, strict=True)
    return tuple(_bring(mask.path, described, folder.masks) for mask, described in pairs)


_F = TypeVar("_F", UvMask, ColourConfig)


def _bring(source: Path, draft: _F, subfolder: Path) -> _F:
    """A file that the merge needs, copied and hashed in one reading."""
    size, sha256 = _copy(source, subfolder / draft.file_name)
    if size != draft.size:
        raise BadInputError(f"{source} changed while it was copied.", advice="Let it be saved, then bake again.")
    return dataclasses.replace(draft, sha256=sha256)


def _copy(source: Path, target: Path, copied: Callable[[int], None] = lambda _: None) -> tuple[int, str]:
    """Copy a file and return its size and SHA-256. The target needs no rename: before `job.desc` nobody looks."""
    digest, size = hashlib.sha256(), 0
    try:
        with source.open("rb") as reader, target.open("xb") as writer:
            while block := reader.read(BLOCK_BYTES):
                digest.update(block)
                size += writer.write(block)
                copied(len(block))
            writer.flush()
            os.fsync(writer.fileno())
    except OSError as error:
        raise share_error(f"{source} cannot be copied to {target}.", error) from error
    return size, digest.hexdigest()


def remove_unfinished(folder: JobFolder, draft: JobDescription) -> tuple[str, ...]:
    """Remove what was made of a job folder; returns what had to stay. Raises OwnershipError, ShareError, OSError.

    Only for whoever knows that this job was begun here: without `job.desc` nobody else could tell whose files they are.
    """
    if not folder.description.exists():
        for path in (folder.node_program, *_copies(folder, draft), *_temporaries(folder)):
            path.unlink(missing_ok=True)
    return remove_job_folder(folder.path, job_id=draft.job_id, network_folders=[folder.path.parent]).paths


def _temporaries(folder: JobFolder) -> Iterator[Path]:
    """What `write_atomically` leaves behind if it is killed."""
    for final in (folder.node_program, folder.description):
        yield from folder.path.glob(f".{final.name}.*.tmp")


def _copies(folder: JobFolder, job: JobDescription) -> Iterator[Path]:
    """Where the files of the artist's machine are copied to."""
    if job.scene.copied:
        yield folder.scene / job.scene.path
    if job.colour:
        yield folder.colour / job.colour.file_name
    yield from (folder.masks / mask.file_name for mask in job.masks)
