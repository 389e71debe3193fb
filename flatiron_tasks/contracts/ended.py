"""The mark that a job folder's job has ended. Without it, a job whose record was lost would begin again."""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.contracts.document import Document, rule, schema_version
from flatiron_tasks.contracts.identity import JOB_ID_PATTERN


@dataclass(frozen=True)
class Ended(Document):
    """Written into the job folder before it is cleaned, so that leftovers and kept pieces stay what they are.

    Written again with `cleaned` if something is left when all is done. Until then a job that lost its record is not
    begun again, but its end is brought to an end: off the farm, earlier files given back, folder cleaned.
    `failed` is a job that nobody took up again for so long that its record was forgotten.
    """

    schema_version: int = schema_version(2)
    job_id: str = rule("Id of the bake job.", pattern=JOB_ID_PATTERN)
    state: str = rule("How it ended.", choices=("done", "cancelled", "failed"))
    cleaned: bool = rule("Whether nothing is left to do: what still stands in the folder stays there.")
