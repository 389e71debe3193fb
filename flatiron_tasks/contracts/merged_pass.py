"""What is known of a merged pass without Redis: which attempts were accepted, and its layers."""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.contracts.document import Document, rule, schema_version
from flatiron_tasks.contracts.identity import ATTEMPT_PATTERN, JOB_ID_PATTERN, SHA256_PATTERN


@dataclass(frozen=True)
class LayerFile(Document):
    """One layer: what a pass gives to the texture of an element."""

    element: str = rule("Name of the bake element.")
    size: int = rule("Size of the file in bytes.", minimum=1)
    sha256: str = rule("SHA-256 of the file.", pattern=SHA256_PATTERN)


@dataclass(frozen=True)
class MergedPass(Document):
    """Written after all layers of a pass; without it the pass is not merged."""

    schema_version: int = schema_version(1)
    job_id: str = rule("Id of the bake job.", pattern=JOB_ID_PATTERN)
    plan_hash: str = rule("Hash of the plan.", pattern=SHA256_PATTERN)
    pass_index: int = rule("Number of the pass.", minimum=0)
    attempts: tuple[str, ...] = rule("Accepted attempt per strip.", min_items=1, pattern=ATTEMPT_PATTERN)
    layers: tuple[LayerFile, ...] = rule("Layers by element.", min_items=1)
    notes: tuple[str, ...] = rule("What was odd about the pieces: rejected or differing attempts.")
