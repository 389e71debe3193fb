"""Read files that somebody else may have written: never more than a bound, and never what is no regular file.

A sparse file of terabytes costs its writer nothing, and a named pipe keeps whoever opens it waiting for ever. What the
bytes mean is for the caller.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from flatiron_tasks.contracts.errors import ContractError

LARGEST_DESCRIPTION = 64 << 20
"""Bytes of a document with an entry for each object or attempt of a job, and of a file that a job brings along."""

LARGEST_RECORD = 4 << 20
"""Bytes of any other document: a receipt, a result, a mark."""

_OPEN = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


def read_bounded(path: Path, limit: int = LARGEST_RECORD) -> bytes:
    """The bytes of a file. Raises OSError; ContractError if there are more than `limit`, or if it is no file."""
    return read_descriptor(os.open(path, _OPEN), limit, source=str(path))


def read_tail(path: Path, limit: int) -> bytes:
    """The last bytes of a file, at most `limit`. Raises OSError; ContractError if it is no file."""
    descriptor = os.open(path, _OPEN)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        file.seek(max(0, _size(descriptor, str(path)) - limit))
        return _read(descriptor, limit)


def read_descriptor(descriptor: int, limit: int, *, source: str) -> bytes:
    """The same for an open file, which it closes. `source` goes into the error."""
    with os.fdopen(descriptor, "rb", buffering=0):
        size = _size(descriptor, source)
        data = _read(descriptor, limit + 1) if size <= limit else b""
    if max(size, len(data)) > limit:
        raise ContractError(
            f"{source} is too large to be read: {max(size, len(data)):,} bytes, and {limit:,} are the limit.",
            why="No program of this pipeline writes so much there.",
            advice="Look who wrote it.",
        )
    return data


def _size(descriptor: int, source: str) -> int:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise ContractError(f"{source} is not a regular file.", advice="Look who made it.")
    return status.st_size


def _read(descriptor: int, limit: int) -> bytes:
    """What is there, which may be more or less by now than the size that was told."""
    parts: list[bytes] = []
    while limit > 0 and (part := os.read(descriptor, min(limit, 1 << 20))):
        parts.append(part)
        limit -= len(part)
    return b"".join(parts)
