"""What the artist is told of submissions that did not get through: one sentence first, each path once."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.errors import FlatironError, UnexpectedError, sentences
from max_submitter.request import BakeRequest

_WHAT_HAPPENED: Final = {
    errno.EROFS: "became read-only",
    errno.ENOSPC: "is full",
    errno.EDQUOT: "is full: the quota of this account is used up",
    errno.EACCES: "may not be written to",
    errno.EPERM: "may not be written to",
    errno.EHOSTDOWN: "does not answer",
    errno.EHOSTUNREACH: "does not answer",
    errno.ETIMEDOUT: "does not answer",
    errno.EIO: "does not answer",
    errno.ESTALE: "was disconnected",
}
_LATER: Final = "What was made of it is taken back as soon as that is possible."


def told(error: Exception, request: BakeRequest, *, is_open: bool) -> FlatironError:
    """The error of a failed submission, for the artist. `is_open`: something of it is still to be taken back."""
    cause = error if isinstance(error, OSError) else error.__cause__
    later = _LATER if is_open else ""
    if isinstance(cause, OSError):
        said = error.what if isinstance(error, FlatironError) else ""
        what, strerror = _lead(cause, said, request) or said, cause.strerror or str(cause)
        where = f"{cause.filename}: {strerror}" if cause.filename else strerror
        advice = error.advice if isinstance(error, FlatironError) else "Bake again."
        why = strerror if what == said else where
        kind = type(error) if isinstance(error, FlatironError) else FlatironError
        return kind(what or "A file operation failed; nothing was sent.", why=why, advice=sentences(advice, later))
    if isinstance(error, FlatironError):
        return type(error)(error.what, why=error.why, advice=sentences(error.advice, later)) if later else error
    return UnexpectedError(
        "An error that the program does not know ended the submission; nothing was sent.",
        why=f"{type(error).__name__}: {error}",
        advice=sentences("Try again; report this if it stays.", later),
    )


def failures_told(failures: Sequence[tuple[str, FlatironError | None]], count: int) -> str:
    """Errors by name of the job, of `count` submissions."""
    texts = [f"{name}: {error}" if count > 1 else str(error) for name, error in failures]
    if len(failures) < count:
        texts.append(f"The other {count - len(failures)} of {count} jobs are submitted.")
    return " ".join(texts)


def not_told(job_name: str, error: FlatironError | None) -> str:
    """A job is complete, and nobody knows of it yet."""
    return (
        f"{job_name} is complete on the share, but the workers could not be told yet. "
        f"They are told as soon as Redis answers; do not bake again. {error.reason if error else ''}"
    )


def _lead(error: OSError, said: str, request: BakeRequest) -> str:
    """What happened to which folder; empty if that is not known. An error of writing names no file: `said` does."""
    happened = _WHAT_HAPPENED.get(error.errno or 0)
    names = [Path(str(name)) for name in (error.filename2, error.filename) if name]
    for folder, called in ((request.network_folder, "network folder"), (request.output_folder, "output folder")):
        is_below = any(name == folder or folder in name.parents for name in names)
        if happened and (is_below or (not names and str(folder) in said)):
            return f"The {called} {happened}; nothing was sent."
    return ""
