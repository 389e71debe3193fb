"""Fetch finished textures whose output folder only this machine can write, and tell the workers. May be slow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flatiron_tasks.contracts.errors import PathMappingError, ShareError
from flatiron_tasks.contracts.job_view import JobView
from flatiron_tasks.share.path_mapping import PathMapping
from max_submitter.collect import collect
from max_submitter.jobs.ledger import LedgerEntry

Acknowledge = Callable[[int, Path], None]
"""Tells the workers that a texture (its index) is safely at this local path. Raises TransportError."""


def collect_finished(
    entry: LedgerEntry, view: JobView, mapping: PathMapping, acknowledge: Acknowledge
) -> tuple[str, ...]:
    """Collect what is finished of a job. Returns sentences for the artist.

    What cannot be fetched now is fetched when the job is looked at again. Raises TransportError.
    """
    try:
        folder = Path(mapping.to_local(view.job_folder))
        report = collect(folder, Path(entry.output_folder), acknowledge)
    except (ShareError, PathMappingError) as error:
        return (str(error),)
    beside = [Path(texture.path).name for texture in report.textures if texture.outcome == "beside"]
    return (f"Kept beside a file that is not this bake's, or is held open: {', '.join(beside)}.",) if beside else ()
