"""Fetch finished textures whose output folder only this machine can write, and tell the workers. May be slow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flatiron_tasks.contracts.errors import PathMappingError, ShareError
from flatiron_tasks.contracts.job_view import JobView
from flatiron_tasks.share.path_mapping import PathMapping
from max_submitter.collect import collect

Acknowledge = Callable[[int, Path], None]
"""Tells the workers that a texture (its index) is safely at this local path. Raises TransportError."""


def collect_finished(
    view: JobView, output_folder: Path, mapping: PathMapping, acknowledge: Acknowledge
) -> tuple[str, ...]:
    """Collect what is finished of a job to a local folder. Returns sentences for the artist.

    What cannot be fetched now is fetched when the job is looked at again. Raises TransportError.
    """
    try:
        folder = Path(mapping.to_local(view.job_folder))
        report = collect(folder, output_folder, acknowledge)
    except (ShareError, PathMappingError) as error:
        return (str(error),)
    beside = [Path(texture.path).name for texture in report.textures if texture.outcome == "beside"]
    return (f"Kept beside a file that is not this bake's, or is held open: {', '.join(beside)}.",) if beside else ()
