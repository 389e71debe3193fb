"""What is kept of a job that leaves the queue for the archive, and how moments are written."""

from __future__ import annotations

import time

from flatiron_tasks.backburner.records import ArchiveEntry
from workers.farm.jobs import Job
from workers.farm.plugin import PLUGIN_NAME, VERSION


def archived(job: Job) -> ArchiveEntry:
    """The archive's entry for a job: its description, nothing of its tasks."""
    spec = job.spec
    return ArchiveEntry(
        str(job.handle),
        spec.name,
        spec.user,
        spec.description,
        date_text(job.submitted),
        date_text(job.ended),
        PLUGIN_NAME,
        VERSION,
    )


def date_text(moment: float) -> str:
    """A time as the local manager writes it; zeros for one that never was."""
    if not moment:
        return "0000-00-00 00:00:00"
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
