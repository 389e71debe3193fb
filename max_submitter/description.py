"""From a request to the job description and the placeholders' bytes. Makes no file; reads only sizes.

This is the border: what the farm cannot do is refused here, before anything exists.
"""

from __future__ import annotations

import getpass
import hashlib
import platform
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.errors import BadInputError, PathMappingError, SceneError
from flatiron_tasks.contracts.identity import new_job_id, utc_text
from flatiron_tasks.contracts.job import JobDescription, Placeholder, Scene, Submitter, texture_names
from flatiron_tasks.contracts.mark import placeholder_mark
from max_submitter.local_files import NOT_HASHED_YET, name_in_job_folder, size_of
from max_submitter.merge_files import draft_colour, draft_masks
from max_submitter.placeholder import placeholder_bytes
from max_submitter.request import BakeRequest

MOST_TEXTURES: Final = 20_000
"""More in one job is a mistyped frame range."""


@dataclass(frozen=True)
class Draft:
    """A job that nothing exists of yet."""

    description: JobDescription
    """Complete but for the hashes of the files that are copied, which takes reading them."""
    pictures: dict[str, bytes]
    """File name of a texture -> its placeholder, in plan order."""


def draft_job(request: BakeRequest, now: datetime) -> Draft:
    """Check the request and describe the job.

    Raises BadInputError: ContractError for a value out of range, PathMappingError for a path that means something else
    on other machines, SceneError for a scene that is not there.
    """
    job_id = new_job_id(now)
    pictures = _pictures(request, job_id)
    description = JobDescription(
        schema_version=2,
        job_id=job_id,
        job_name=request.job_name,
        submitted_at=utc_text(now),
        submitted_by=_submitter(request),
        mode=request.mode,
        group=request.group,
        scene=_scene(request),
        renderer=request.renderer,
        map_count=request.map_count,
        objects=request.objects,
        elements=request.elements,
        frames=request.frames,
        strips=request.strips,
        piece_type=request.piece_type,
        padding=request.padding,
        colour=draft_colour(request),
        masks=draft_masks(request),
        allow_non_finite=request.allow_non_finite,
        keep_pieces=request.keep_pieces,
        output_folder=request.path_mapping.to_canonical(str(request.output_folder)),
        network_folder=_shared(request, request.network_folder, "network folder", ""),
        farm=request.farm,
        placeholders=tuple(
            Placeholder(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in pictures.items()
        ),
    )
    return Draft(description, pictures)


def _pictures(request: BakeRequest, job_id: str) -> dict[str, bytes]:
    frames = request.frames.last - request.frames.first + 1
    textures_per_element = request.map_count * frames
    if len(request.elements) * textures_per_element > MOST_TEXTURES:
        raise BadInputError(
            f"The bake would make {len(request.elements) * textures_per_element} textures.",
            why=f"It has {len(request.elements)} element(s), {request.map_count} map(s) and {frames} frame(s).",
            advice=f"Bake at most {MOST_TEXTURES} textures in one job: check the frame range.",
        )
    names = texture_names(request.group, request.elements, request.map_count, request.frames)
    return {
        name: placeholder_bytes(
            width=element.width,
            height=element.height,
            file_format=element.file_format,
            pixel_type=element.pixel_type,
            alpha=element.alpha,
            kind=element.kind,
            job_name=request.job_name,
            mark=placeholder_mark(job_id, name),
        )
        for index, name in enumerate(names)
        for element in (request.elements[index // textures_per_element],)
    }


def _scene(request: BakeRequest) -> Scene:
    try:
        size = size_of(request.scene)
    except OSError as error:
        raise SceneError(f"The scene {request.scene} cannot be read.", why=str(error)) from error
    if size == 0:
        raise SceneError(
            f"The scene {request.scene} is not a file or is empty.", advice="Save the scene, then bake again."
        )
    if request.copy_scene:
        return Scene(name_in_job_folder(request.scene, "scene"), copied=True, size=size, sha256=NOT_HASHED_YET)
    path = _shared(request, request.scene, "scene", " Or let the scene be copied into the job folder.")
    return Scene(path, copied=False, size=size, sha256=NOT_HASHED_YET)


def _shared(request: BakeRequest, path: Path, what: str, advice: str) -> str:
    """The canonical spelling of a path that every machine must understand."""
    canonical = request.path_mapping.to_canonical(str(path))
    if not paths.has_drive(canonical):
        return canonical
    raise PathMappingError(
        f"The {what} {str(path)!r} begins with a drive letter.",
        why="A drive letter means something else on every machine.",
        advice=rf"Use its UNC path (\\server\share\folder), or add a rule for {canonical[:3]} to `path_rules`.{advice}",
    )


def this_account() -> str:
    """Name of the account that runs this program, as `job.desc` says it."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such account on this machine: a service, a container
        user = "unknown"
    return user[:120]


def _submitter(request: BakeRequest) -> Submitter:
    return Submitter(request.artist or this_account(), platform.node()[:120], request.software)
