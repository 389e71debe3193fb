"""What a job's files say of its progress: merged passes, finished textures, final paths. The record's second source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.errors import ContractError, PathMappingError
from flatiron_tasks.contracts.finished import FinishedTexture
from flatiron_tasks.contracts.merged_pass import MergedPass
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.plan import Texture
from flatiron_tasks.share.atomic import sha256_of
from flatiron_tasks.share.bounded_read import read_bounded
from flatiron_tasks.share.discarded import read_discarded
from flatiron_tasks.share.path_mapping import PathMapping


def final_path(mapping: PathMapping, files: JobFiles, texture: Texture, *, roots: Sequence[str] = ()) -> Path | None:
    """Where this machine would see the final texture; None if it cannot see the output folder.

    None also for one outside of `roots`, if there are any. Looking there is harm enough: Windows tells every server
    that a path names who asks.
    """
    if roots and not any(paths.is_inside(files.job.output_folder, root) for root in roots):
        return None
    try:
        folder = Path(mapping.to_local(files.job.output_folder))
    except PathMappingError:
        return None
    return folder / texture.file_name


def read_merged_pass(files: JobFiles, pass_index: int) -> MergedPass | None:
    """The record on the share that a pass is merged, if its layers are there in full size; None otherwise."""
    path = files.folder.merged_pass(pass_index)
    try:
        merged = MergedPass.from_json(read_bounded(path), source=path.name)
        sizes = [files.folder.layer(pass_index, index).stat().st_size for index in range(len(merged.layers))]
    except (OSError, ContractError):
        return None
    names = [element.name for element in files.job.elements]
    fits = (merged.plan_hash, merged.pass_index) == (files.plan.hash, pass_index)
    whole = [layer.element for layer in merged.layers] == names and [layer.size for layer in merged.layers] == sizes
    discarded = set(read_discarded(files.folder, files.job.job_id).attempts)
    return merged if fits and whole and discarded.isdisjoint(merged.attempts) else None


def read_finished(files: JobFiles, texture: Texture) -> FinishedTexture | None:
    """The finished texture in the job folder, if it is whole and made of the layers that count now; None otherwise."""
    path = files.folder.finished_texture(texture.file_name)
    try:
        finished = FinishedTexture.from_json(read_bounded(path.with_name(path.name + ".json")), source=path.name)
        passes = {index: read_merged_pass(files, index) for index in texture.passes}
        if (finished.job_id, finished.file_name) != (files.job.job_id, texture.file_name):
            return None
        if finished.layers != layer_hashes(texture, passes):
            return None
        return finished if sha256_of(path) == finished.sha256 else None
    except (OSError, ContractError):
        return None


def layer_hashes(texture: Texture, passes: Mapping[int, MergedPass | None]) -> tuple[str, ...]:
    """What a texture is made of, in plan order; a pass that is not merged gives nothing."""
    known = (passes[index] for index in texture.passes)
    return tuple(merged.layers[texture.element_index].sha256 for merged in known if merged)
