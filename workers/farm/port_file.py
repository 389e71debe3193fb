"""Telling other programs which port was taken: a file that is whole or not there."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def announced(port: int, file: Path | None) -> Iterator[None]:
    """While the context lasts, `file` holds the port."""
    if file is None:
        yield
        return
    _write_whole(file, f"{port}\n")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _write_whole(file: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    Path(temporary).replace(file)
