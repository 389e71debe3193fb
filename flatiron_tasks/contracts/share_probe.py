"""The share probe: what workers put on the share, and what each server of the farm answers through its own path to it.

Both stand in `flatiron-probes/<nonce>/` below the network folder. An answer that is there proves that its server sees
this very folder and may write to it; nothing that a farm says proves that.
"""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.contracts.document import ONE_LINE, Document, rule, schema_version
from flatiron_tasks.contracts.identity import moment

NONCE_PATTERN = r"[0-9a-f]{32}"
MOST = 2**63 - 1
"""Largest number that every reader holds, and more than any share has."""

STEPS = ("read", "write")
"""What the node program is asked for, in this order, as farm tasks of their own: a server that reads the challenge and
cannot write its answer can tell so only by the one task that succeeded."""


@dataclass(frozen=True)
class ShareChallenge(Document):
    """What a server must find where the workers put it."""

    schema_version: int = schema_version(1)
    nonce: str = rule("What no other folder holds.", pattern=NONCE_PATTERN)
    made_at: str = moment("When it was made, UTC, by the clock of Redis.")
    network_folder: str = rule("The network folder, canonical.", max_length=4096)
    servers: tuple[str, ...] = rule("Names of the servers that are asked, as the farm has them.", min_items=1)


@dataclass(frozen=True)
class ShareAnswer(Document):
    """What one server found."""

    schema_version: int = schema_version(1)
    nonce: str = rule("Nonce of the challenge that it read.", pattern=NONCE_PATTERN)
    server: int = rule("Position of the server in the challenge, from 0.", minimum=0, maximum=MOST)
    host: str = rule("Name of the machine.", pattern=ONE_LINE, max_length=255)
    user: str = rule("Account that the node program runs as; empty if unknown.", pattern=ONE_LINE, max_length=255)
    target: str = rule(
        "Where the network folder leads on this machine, links resolved.", pattern=ONE_LINE, max_length=4096
    )
    free_bytes: int = rule("Space that this account may still use there.", minimum=0, maximum=MOST)
    clock: str = moment("The machine's clock when it answered, UTC.")
    rename_ms: int = rule("Milliseconds to write a small file, rename it and read it back.", minimum=0, maximum=MOST)
