"""What an artist's machine sees of a job: a picture of its record, published by the workers for the panel.

Never read back by the workers: the record in Redis and the job folder are the truth.
"""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.contracts.document import Document, rule, schema_version
from flatiron_tasks.contracts.identity import JOB_ID_PATTERN, moment


@dataclass(frozen=True)
class PassView(Document):
    """Where one pass stands."""

    label: str = rule("What it renders, for people.")
    state: str = rule("waiting, rendered, merging, merged or failed.")
    attempts: int = rule("Attempts at merging it.", minimum=0)
    reason: str = rule("Why it failed; empty otherwise.")


@dataclass(frozen=True)
class TextureView(Document):
    """Where one texture stands."""

    file_name: str = rule("File name of the texture.")
    state: str = rule("waiting, delivering, delivered, beside, collectable or failed.")
    path: str = rule("Canonical path of the file, its final path until it is delivered.")
    note: str = rule("What is to be known about it; empty for nothing.")
    preview: str = rule("Canonical path of a small PNG of what is merged so far; empty if there is none.")


@dataclass(frozen=True)
class JobView(Document):
    """One job of an artist. Passes and textures in plan order."""

    schema_version: int = schema_version(1)
    job_id: str = rule("Id of the bake job.", pattern=JOB_ID_PATTERN)
    job_name: str = rule("Name that people see.")
    artist: str = rule("Account of the artist who submitted it.")
    host: str = rule("Machine that submitted it.")
    sequence: int = rule("Number of the last event that this picture holds.", minimum=0)
    state: str = rule("State of the job.")
    sentence: str = rule("What is going on, for a person.")
    waiting: str = rule("What the job waits for, as of `published_at`; empty when it waits for nothing.")
    step: str = rule("Step that failed; empty otherwise.")
    reason: str = rule("Why it failed; empty otherwise.")
    advice: str = rule("What a person can do; empty if nothing is needed.")
    suspended: bool = rule("Whether a person has suspended it on the farm.")
    created_at: str = moment("When it was accepted, UTC, by the clock of Redis.")
    updated_at: str = moment("When it changed last, UTC, by the clock of Redis.")
    published_at: str = moment("When this picture was made, UTC, by the clock of Redis.")
    output_folder: str = rule("Where the textures land, canonical.")
    job_folder: str = rule("The job folder, canonical.")
    farm: str = rule("Address of the farm manager.")
    passes: tuple[PassView, ...] = rule("Its passes.")
    textures: tuple[TextureView, ...] = rule("Its textures.")
