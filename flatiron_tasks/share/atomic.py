"""Files that others may read appear by rename, complete and flushed to the disk. Does not decide who owns a file."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from flatiron_tasks.contracts.errors import ShareError

BLOCK_BYTES = 1 << 20
# Windows: access denied, sharing violation, lock violation. A virus scanner or an indexer holds a file for moments.
_IN_USE = (5, 32, 33)
_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
_CHECK_SHARE = "Check that the share can be reached, may be written to and has free space"


def write_atomically(path: Path, data: bytes | str) -> None:
    """Write a file (text as UTF-8) that is there complete or not at all. Its folder must exist. Raises ShareError."""
    temporary = temporary_beside(path)
    try:
        with temporary.open("xb") as file:
            file.write(data.encode("utf-8") if isinstance(data, str) else data)
        replace_file(temporary, path)
    except OSError as error:
        raise share_error(f"{path} cannot be written.", error) from error
    finally:
        remove_quietly(temporary)


def replace_file(temporary: Path, final: Path, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Flush `temporary` to the disk and put it in the place of `final`, a name in the same file system.

    Where Windows says that somebody has `final` open, tries again for about 2.5 s. Raises ShareError.
    """
    try:
        fsync_file(temporary)
        retry_while_in_use(lambda: temporary.replace(final), sleep=sleep)
        fsync_folder(final.parent)
    except OSError as error:
        raise share_error(f"{final} cannot be replaced.", error) from error


def retry_while_in_use(action: Callable[[], object], *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Run a file operation, again while Windows says that the file is in use. Raises the last OSError."""
    for pause in _PAUSES_S:
        try:
            action()
        except PermissionError as error:
            if not is_in_use(error):
                raise
            sleep(pause)  # nothing tells when another program closes a file
        else:
            return
    action()


def is_in_use(error: OSError) -> bool:
    """Whether Windows says that another program has the file open."""
    return getattr(error, "winerror", None) in _IN_USE


def temporary_beside(path: Path, token: str = "") -> Path:
    """A name in the same folder that cleaning recognises: `.<name>.<token>.tmp`; without a `token` a new one."""
    return path.with_name(f".{path.name}.{token or secrets.token_hex(8)}.tmp")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises ShareError."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
    except OSError as error:
        raise share_error(f"{path} cannot be read.", error) from error
    return digest.hexdigest()


def fsync_file(path: Path) -> None:
    """Flush a file to the disk. Raises OSError."""
    with path.open("rb+") as file:  # Windows flushes only handles that may write
        os.fsync(file.fileno())


def fsync_folder(folder: Path) -> None:
    """Flush a folder's list of names to the disk, where the system can. Raises OSError."""
    if os.name == "nt":
        return  # a folder cannot be opened there; NTFS and SMB keep renames in order
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems flush no folders
            raise
    finally:
        os.close(descriptor)


def remove_quietly(path: Path) -> None:
    """Remove a temporary of ours; one that resists is found again by cleaning."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def share_error(what: str, error: OSError) -> ShareError:
    """The ShareError for a failed file operation."""
    return ShareError(what, why=str(error), advice=_CHECK_SHARE)
