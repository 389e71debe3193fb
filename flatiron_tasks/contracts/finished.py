"""A finished texture that waits in the job folder until the artist's machine collects it."""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.contracts import naming
from flatiron_tasks.contracts.document import Document, rule, schema_version
from flatiron_tasks.contracts.errors import BadInputError, ContractError
from flatiron_tasks.contracts.identity import JOB_ID_PATTERN, SHA256_PATTERN


@dataclass(frozen=True)
class FinishedTexture(Document):
    """Stands beside the texture as `<file name>.json`, renamed into place after it. Without it there is no texture."""

    schema_version: int = schema_version(2)
    job_id: str = rule("Id of the bake job.", pattern=JOB_ID_PATTERN)
    texture: int = rule("Number of the texture in the plan, from 0.", minimum=0)
    file_name: str = rule("Name of the texture, beside this document.")
    size: int = rule("Size of the texture in bytes.", minimum=1)
    sha256: str = rule("SHA-256 of the texture.", pattern=SHA256_PATTERN)
    pixels_sha256: str = rule("Hash of its pixels, by the rule of `Proof`.", pattern=SHA256_PATTERN)
    layers: tuple[str, ...] = rule("SHA-256 of the layers it was composed of, in plan order.", pattern=SHA256_PATTERN)
    notes: tuple[str, ...] = rule("Remarks for people, such as overlaps.")

    def check(self) -> None:
        """The name stays in its folder and can be stored everywhere."""
        try:
            naming.check_file_name(self.file_name)
        except BadInputError as error:
            raise ContractError(f"`file_name`: {error.what}", why=error.why, advice=error.advice) from None
