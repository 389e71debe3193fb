"""Which jobs a job waits for: names or numbers at its submission, handles ever after."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flatiron_tasks.backburner.records import ArchiveEntry
from flatiron_tasks.contracts.errors import FarmRefusedError
from workers.farm.jobs import Job


def unmet(names: Collection[str], jobs: Mapping[int, Job], archive: Collection[ArchiveEntry]) -> frozenset[int]:
    """Handles of the named jobs that are not complete. An archived job is complete.

    Raises FarmRefusedError for a name that nobody knows: the job would wait for ever.
    """
    handles = {text: handle for handle, job in jobs.items() for text in (str(handle), job.spec.name)}
    done = {text for entry in archive for text in (entry.handle, entry.name)}
    unknown = [name for name in names if name not in handles and name not in done]
    if unknown:
        raise FarmRefusedError(f"There is no job {unknown[0]!r} to depend on")
    listed = {handles[name] for name in names if name in handles}
    return frozenset(handle for handle in listed if not jobs[handle].ended)
