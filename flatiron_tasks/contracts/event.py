"""What a client hears about a job: a hint. The record is the truth."""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.contracts.document import Document, rule, schema_version
from flatiron_tasks.contracts.identity import JOB_ID_PATTERN, moment

EVENT_KINDS = ("state", "pass", "texture", "note")


@dataclass(frozen=True)
class Event(Document):
    """One change of one job, in a Redis stream."""

    schema_version: int = schema_version(1)
    sequence: int = rule("Number of this event within its job, from 1; a gap means: read the record again.", minimum=1)
    job_id: str = rule("Id of the bake job.", pattern=JOB_ID_PATTERN)
    kind: str = rule("What changed.", choices=EVENT_KINDS)
    state: str = rule("State of the job after the change.")
    passes_total: int = rule("Number of passes.", minimum=0)
    passes_merged: int = rule("Number of merged passes.", minimum=0)
    textures_total: int = rule("Number of textures.", minimum=0)
    textures_done: int = rule("Number of delivered textures.", minimum=0)
    sentence: str = rule("The change, for a person.")
    at: str = moment("When, UTC, by the clock of Redis.")
