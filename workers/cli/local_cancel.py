"""Take a bake on this machine back: what its placeholders replaced returns, where they still stand."""

from __future__ import annotations

from pathlib import Path

from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.plan import Texture
from flatiron_tasks.share.atomic import sha256_of
from flatiron_tasks.share.delivery import deliver
from flatiron_tasks.share.path_mapping import PathMapping


def give_back(files: JobFiles, mapping: PathMapping) -> None:
    """Put back what placeholders of this job replaced. Raises ShareError, PathMappingError, OwnershipError."""
    output = Path(mapping.to_local(files.job.output_folder))
    for texture in files.plan.textures:
        _give_one_back(files, texture, output / texture.file_name)


def _give_one_back(files: JobFiles, texture: Texture, final: Path) -> None:
    previous, placeholder = files.folder.previous / texture.file_name, files.job.placeholders[texture.index].sha256
    if previous.is_file() and final.is_file() and sha256_of(final) == placeholder:
        deliver(
            previous,
            final,
            job_id=files.job.job_id,
            placeholder_sha256=placeholder,
            finished_sha256=sha256_of(previous),
            create_missing=False,
        )
