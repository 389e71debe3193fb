"""The numbers by which a manager and its clients name jobs and servers."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Container
from typing import Final

# Clients look for the end of a job's handle behind 8, 9 or 10 digits only.
_LEAST_JOB: Final = 10_000_000
_LIMIT: Final = 2**32


def new_job_handle(taken: Container[int]) -> int:
    """An unsigned 32-bit number of 8 to 10 decimal digits that is not taken."""
    handle = 0
    while handle == 0 or handle in taken:
        handle = _LEAST_JOB + secrets.randbelow(_LIMIT - _LEAST_JOB)
    return handle


def read_job_handle(text: str) -> int | None:
    """The number in a request, None if it can be nobody's."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else None


def server_handle(name: str) -> str:
    """16 hexadecimal digits like a real one's network address, but from the name: servers may share a machine."""
    digest = bytearray(hashlib.sha256(name.encode()).digest()[:6])
    digest[0] = digest[0] & 0xFC | 0x02  # marks a locally administered address
    return digest.hex().upper() + "0000"
