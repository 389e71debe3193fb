"""Which previews a job has, and their end. Decodes none of them; `previews` makes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.share.atomic import remove_quietly
from flatiron_tasks.share.job_files import JobFiles as OwnNames


def preview_names(network_folders: Sequence[Path], job_id: str) -> frozenset[str]:
    """Names of the files in a job's folder of previews; none where this machine sees no such folder."""
    try:
        return frozenset[str]().union(*(names_in(JobFolder.of(root, job_id)) for root in network_folders))
    except OSError:
        return frozenset()  # a share that is away now has nothing to show


def names_in(folder: JobFolder) -> frozenset[str]:
    """Names of the files in a job folder's previews. Raises OSError."""
    return frozenset(path.name for path in folder.previews.iterdir()) if folder.previews.is_dir() else frozenset()


def forget_pass(files: JobFiles, pass_index: int) -> None:
    """Remove the thumbnails of a pass that does not count any more, and the previews that show them. Raises OSError."""
    for index in range(len(files.job.elements)):
        files.folder.thumbnail(pass_index, index).unlink(missing_ok=True)
    for texture in files.plan.textures:
        if pass_index in texture.passes:
            files.folder.preview(texture.file_name).unlink(missing_ok=True)


def forget_all(files: JobFiles) -> None:
    """Remove the previews of a job whose folder stays. What the job did not make stays too."""
    own = OwnNames(files.job)
    for name in names_in(files.folder):
        if own.owns("previews", name):
            remove_quietly(files.folder.previews / name)
