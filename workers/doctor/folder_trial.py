"""Trying a network folder as the pipeline uses it: write, rename, read back, delete. Leaves nothing behind."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from pathlib import Path

from workers.doctor.answer_book import FolderReport

_FULL = (errno.ENOSPC, errno.EDQUOT)
_BYTES = b"flatiron doctor\n" * 4096


def try_folder(folder: Path, now: float) -> FolderReport:
    """What this account may do there. `now` is the true time in seconds since the epoch, as Redis has it."""
    trial = folder / f".flatiron-doctor-{secrets.token_hex(8)}.tmp"
    renamed = trial.with_suffix(".ok")
    begun = time.monotonic()
    try:
        _write(trial)
        trial.replace(renamed)
        trouble = "" if renamed.read_bytes() == _BYTES else "What was written reads back differently."
        took = time.monotonic() - begun
        share_clock = renamed.stat().st_mtime
        renamed.unlink()
        return FolderReport(
            path=str(folder),
            target=os.path.realpath(folder),
            trouble=trouble,
            free_bytes=shutil.disk_usage(folder).free,
            rename_ms=round(took * 1000),
            clock_off_s=round(share_clock - now, 3),
        )
    except OSError as error:
        is_full = error.errno in _FULL
        trouble = "" if is_full else f"{error.strerror or type(error).__name__}."
        return FolderReport(path=str(folder), target=os.path.realpath(folder), trouble=trouble, is_full=is_full)
    finally:
        for path in (trial, renamed):
            _remove(path)


def _write(path: Path) -> None:
    with path.open("xb") as file:
        file.write(_BYTES)
        file.flush()
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # where nothing could be written, nothing is left
