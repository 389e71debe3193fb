"""What a node says about its work: a receipt per piece, a result per attempt."""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.contracts.document import Document, rule, schema_version
from flatiron_tasks.contracts.identity import ATTEMPT_PATTERN, JOB_ID_PATTERN, SHA256_PATTERN, moment
from flatiron_tasks.contracts.naming import PIECE_NAME_PATTERN

FAILURE_CLASSES = ("none", "licence", "share", "scene", "node", "renderer", "timeout", "no-progress", "revoked")


@dataclass(frozen=True)
class Receipt(Document):
    """Renamed into place after its piece. A piece without a valid receipt does not exist."""

    schema_version: int = schema_version(1)
    job_id: str = rule("Id of the bake job.", pattern=JOB_ID_PATTERN)
    plan_hash: str = rule("Hash of the plan that the node worked from.", pattern=SHA256_PATTERN)
    task: int = rule("Number of the farm task, from 1.", minimum=1)
    pass_index: int = rule("Number of the pass.", minimum=0)
    strip: int = rule("Number of the strip.", minimum=0)
    element: str = rule("Name of the bake element.")
    attempt: str = rule("Token of the attempt.", pattern=ATTEMPT_PATTERN)
    file_name: str = rule("Name of the piece, beside this receipt.", pattern=PIECE_NAME_PATTERN, max_length=120)
    size: int = rule("Size of the piece in bytes.", minimum=1)
    sha256: str = rule("SHA-256 of the piece.", pattern=SHA256_PATTERN)
    host: str = rule("Name of the node.")
    node_path: str = rule("Path of the piece as the node saw it.")
    started_at: str = moment("When the renderer was started, UTC, by the node's clock.")
    finished_at: str = moment("When the piece was complete, UTC, by the node's clock.")
    renderer: str = rule("Name of the renderer.")
    exit_code: int = rule("Exit code of the renderer, which proves nothing.")


@dataclass(frozen=True)
class AttemptResult(Document):
    """How one attempt at a farm task ended, for people and for the failure classes; the merge does not need it."""

    schema_version: int = schema_version(1)
    job_id: str = rule("Id of the bake job.", pattern=JOB_ID_PATTERN)
    task: int = rule("Number of the farm task, from 1.", minimum=1)
    pass_index: int = rule("Number of the pass.", minimum=0)
    strip: int = rule("Number of the strip.", minimum=0)
    attempt: str = rule("Token of the attempt.", pattern=ATTEMPT_PATTERN)
    succeeded: bool = rule("Whether every expected piece and its receipt were written.")
    failure_class: str = rule("What kind of failure it was.", choices=FAILURE_CLASSES)
    reason: str = rule("What happened, for a person; empty on success.")
    advice: str = rule("What to do next; empty on success.")
    host: str = rule("Name of the node.")
    started_at: str = moment("UTC, by the node's clock.")
    finished_at: str = moment("UTC, by the node's clock.")
    exit_code: int | None = rule("Exit code of the renderer; null if it was killed or never started.")
