"""What a webhook is told when a job has ended: the body of its POST."""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.contracts.document import Document, rule, schema_version
from flatiron_tasks.contracts.identity import JOB_ID_PATTERN, moment

EVENTS = ("done", "failed", "cancelled", "ready_to_collect")
"""Ways in which a job ends, or waits for a person. A job that is queued again ends again."""


@dataclass(frozen=True)
class Notice(Document):
    """One end of one job. Two notices with the same `key` tell of the same end: take one of them."""

    schema_version: int = schema_version(1)
    key: str = rule("Job id, colon, number of the end: the same however often it is sent.")
    event: str = rule("How the job ended.", choices=EVENTS)
    job_id: str = rule("Id of the bake job.", pattern=JOB_ID_PATTERN)
    job_name: str = rule("Name that people see.")
    artist: str = rule("Account of the artist who submitted it; empty if unknown.")
    host: str = rule("Machine that submitted it; empty if unknown.")
    sentence: str = rule("What has happened, for a person.")
    reason: str = rule("Why it failed; empty otherwise.")
    advice: str = rule("What a person can do; empty if nothing is needed.")
    passes_total: int = rule("Passes of the job.", minimum=0)
    passes_merged: int = rule("Those that are merged.", minimum=0)
    textures_total: int = rule("Textures of the job.", minimum=0)
    textures_done: int = rule("Those that are finished.", minimum=0)
    output_folder: str = rule("Where the textures land, canonical.")
    job_folder: str = rule("The job folder, canonical.")
    farm: str = rule("Address of the farm manager.")
    created_at: str = moment("When the job was accepted, UTC, by the clock of Redis.")
    ended_at: str = moment("When it ended, UTC, by the clock of Redis.")
    link: str = rule("Page that shows the job; empty if none is configured.")
