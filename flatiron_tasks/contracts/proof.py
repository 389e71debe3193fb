"""The proof of one texture: which file it was, and which verified pieces it was made of.

It outlives the job folder, so that anybody can still tell years later whether a file is what the bake made. It says
that the file was made, not where it was put; and it is no signature: who may write to the share can write proofs.
"""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.contracts import naming
from flatiron_tasks.contracts.document import Document, rule, schema_version
from flatiron_tasks.contracts.errors import BadInputError, ContractError
from flatiron_tasks.contracts.identity import JOB_ID_PATTERN, SHA256_PATTERN


@dataclass(frozen=True)
class Proof(Document):
    """Stands below the network folder in `flatiron-proofs`; found by the texture hash that the texture's mark names."""

    schema_version: int = schema_version(1)
    job_id: str = rule("Id of the bake job.", pattern=JOB_ID_PATTERN)
    job_name: str = rule("Name of the job that people saw.", max_length=120)
    file_name: str = rule("Name of the texture.")
    texture: int = rule("Number of the texture in the plan, from 0.", minimum=0)
    size: int = rule("Size of the texture in bytes.", minimum=1)
    sha256: str = rule("SHA-256 of the texture's file.", pattern=SHA256_PATTERN)
    texture_hash: str = rule("What the pixels depend on, as the texture's mark says.", pattern=SHA256_PATTERN)
    plan_hash: str = rule("Hash of the plan.", pattern=SHA256_PATTERN)
    pixels_sha256: str = rule(
        "SHA-256 over the line `width height channels sample-type`, ending in a newline, and the SHA-256 digests of"
        " blocks of 64 rows of the samples: C order, little endian, as stored.",
        pattern=SHA256_PATTERN,
    )
    pieces: int = rule("Number of pieces it was made of.", minimum=1)
    pieces_sha256: str = rule(
        "SHA-256 over the sorted lines `pass strip element attempt sha256` of these pieces, each ending in a newline.",
        pattern=SHA256_PATTERN,
    )
    layers: str = rule("SHA-256 over the SHA-256 of the layers, in plan order, each as a line.", pattern=SHA256_PATTERN)
    version: str = rule("Version of Flatiron that made it.", pattern=r"[A-Za-z0-9._+-]{1,24}")

    def check(self) -> None:
        """The name stays in its folder and can be stored everywhere."""
        try:
            naming.check_file_name(self.file_name)
        except BadInputError as error:
            raise ContractError(f"`file_name`: {error.what}", why=error.why, advice=error.advice) from None
