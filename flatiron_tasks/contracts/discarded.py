"""What a person threw away of a job: attempts that must never be merged, results that may be replaced."""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.contracts.document import Document, rule, schema_version
from flatiron_tasks.contracts.identity import ATTEMPT_PATTERN, JOB_ID_PATTERN, SHA256_PATTERN


@dataclass(frozen=True)
class Discarded(Document):
    """In the job folder. A node that comes back late with a discarded attempt changes nothing."""

    schema_version: int = schema_version(1)
    job_id: str = rule("Id of the bake job.", pattern=JOB_ID_PATTERN)
    attempts: tuple[str, ...] = rule("Tokens of attempts whose pieces do not count.", pattern=ATTEMPT_PATTERN)
    results: tuple[str, ...] = rule("SHA-256 of finished textures that newer ones replace.", pattern=SHA256_PATTERN)
