"""Tells trouble of the shared folder as a whole (full, read-only, away) from trouble with one file on it, and how long
merging and delivering wait for its end. Changes nothing.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from flatiron_tasks.contracts.errors import FlatironError, ShareAwayError, ShareError, StaleLeaseError
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.pipeline.manager_health import clock_time

LONGEST_SHARE_PAUSE_S = 600.0
_FULL = "Make room on the share"
_REFUSED = "Let the workers' account write to the share"
_AWAY = "Mount the share again, and see that its server answers"
_ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), _FULL),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), _REFUSED),
    **dict.fromkeys(
        (
            errno.EIO,
            errno.ESTALE,
            errno.ENODEV,
            errno.ENXIO,
            errno.ENOTCONN,
            errno.ETIMEDOUT,
            errno.EHOSTDOWN,
            errno.EHOSTUNREACH,
            errno.ENETDOWN,
            errno.ENETUNREACH,
            errno.ECONNREFUSED,
            errno.ECONNRESET,
            errno.ECONNABORTED,
        ),
        _AWAY,
    ),
}
_RIGHTS = (errno.EACCES, errno.EPERM)
# Of Windows' own numbers those that Python gives a misleading errno: write-protected, disk full (twice), quota.
_WINDOWS_ADVICE = {19: _REFUSED, 39: _FULL, 112: _FULL, 1295: _FULL}
# … network path, busy network, device gone, network error, name deleted, network name, time-out, input/output,
# unreachable network, host or port, aborted connection.
_WINDOWS_ADVICE |= dict.fromkeys((53, 54, 55, 58, 59, 64, 67, 121, 1117, 1231, 1232, 1234, 1236), _AWAY)


def share_trouble(
    error: FlatironError, cause: BaseException, job_id: str, network_folders: Sequence[Path]
) -> ShareAwayError | None:
    """What is the matter with the share, if `error`, which came of `cause`, came of that; None if it did not.

    A right that is missing counts in network folders only: elsewhere a person chose the wrong folder, or the wrong
    rights for it, and should be told soon.
    """
    if isinstance(error, StaleLeaseError):
        return None
    if isinstance(error, ShareError):
        for item in _os_errors(cause):
            advice = _advice(item, network_folders)
            if advice:
                return ShareAwayError(error.what, why=item.strerror or str(item), advice=advice)
    if _is_gone(job_id, network_folders):
        return ShareAwayError(error.what, why="the network folder is not there", advice=_AWAY)
    return None


def share_sentence(error: FlatironError, since: float) -> str:
    """What a job waits for, for people."""
    return f"Merging and delivering wait since {clock_time(since)} ({error.why}): {error.what.rstrip('.')}."


def share_pause(waited: float, shortest: float) -> float:
    """Seconds until the next try after having waited so long: doubling what was waited, within bounds."""
    return min(max(waited, shortest), max(shortest, LONGEST_SHARE_PAUSE_S))


def _os_errors(error: BaseException | None) -> Iterator[OSError]:
    """The operating system's errors that this one came of, the latest first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError):
            yield error
        error = error.__cause__


def _advice(error: OSError, network_folders: Sequence[Path]) -> str:
    """What ends trouble of the share; empty if it is none."""
    windows = getattr(error, "winerror", None)
    if windows in _WINDOWS_ADVICE:
        return _WINDOWS_ADVICE[windows]
    if error.errno in _RIGHTS and not _is_within(error.filename, network_folders):
        return ""
    return _ADVICE.get(error.errno or 0, "")


def _is_within(name: object, network_folders: Sequence[Path]) -> bool:
    return isinstance(name, str) and any(Path(name).is_relative_to(root) for root in network_folders)


def _is_gone(job_id: str, network_folders: Sequence[Path]) -> bool:
    """Whether the job has no folder, and a network folder is away or empty, as a mount point without its mount is."""
    try:
        if any(JobFolder.of(root, job_id).description.exists() for root in network_folders):
            return False
        return any(not any(islice(root.iterdir(), 1)) for root in network_folders)
    except OSError:
        return True
