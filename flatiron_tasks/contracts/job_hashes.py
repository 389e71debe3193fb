"""What pieces and textures of a job depend on, as one hash each."""

from __future__ import annotations

from flatiron_tasks.contracts.document import Document, encode
from flatiron_tasks.contracts.identity import content_hash
from flatiron_tasks.contracts.job import Element, JobDescription


def plan_hash(job: JobDescription) -> str:
    """What a piece depends on: a receipt with another plan hash belongs to another job.

    People, places and times are left out; the grid of passes and strips is in.
    """
    return content_hash(_without(job, *_NOT_PLAN))


def texture_hash(job: JobDescription, element: Element, map_index: int, frame: int) -> str:
    """What the pixels of one texture depend on. Equal for Single Pass and Multi Pass and any number of strips."""
    objects = [encode(item) for item in job.objects if item.map_index == map_index]
    scene = [job.scene.sha256, job.renderer.name, dict(job.renderer.options), job.piece_type, job.allow_non_finite]
    colour = job.colour if element.transfer == "ocio" else None
    conversion = colour and [colour.sha256, colour.from_space, colour.to_space]
    masks = _mask_hashes(job, element, map_index)
    return content_hash([scene, objects, encode(element), frame, encode(job.padding), conversion, masks])


def _mask_hashes(job: JobDescription, element: Element, map_index: int) -> list[list[str]]:
    """Object name and mask of every object of a map that has one for this element, in plan order."""
    size = element.width, element.height
    hashes = {mask.object: mask.sha256 for mask in job.masks if mask.map_size == size}
    return [
        [item.name, hashes[index]]
        for index, item in enumerate(job.objects)
        if item.map_index == map_index and index in hashes
    ]


_NOT_PLAN = (
    "job_name",
    "submitted_at",
    "submitted_by",
    "keep_pieces",
    "output_folder",
    "network_folder",
    "farm",
    "placeholders",
)


def _without(document: Document, *keys: str) -> dict[str, object]:
    data: dict[str, object] = encode(document)
    return {key: value for key, value in data.items() if key not in keys}
