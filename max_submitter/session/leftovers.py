"""Finish or take back submissions that were interrupted or could not be announced. Runs in a thread: shares are slow.

Only what a journal of this user on this machine names is looked at, so nothing of anybody else can be touched. A job
that is complete on the share is announced; anything less is removed by the names that its description implies.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from flatiron_tasks.contracts.errors import FlatironError, ShareError
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.share.atomic import share_error
from max_submitter.job_folder import remove_unfinished
from max_submitter.session.journal import Journal, Submission
from max_submitter.session.session_folder import abandoned
from max_submitter.submission import resend

Send = Callable[[str], None]


@dataclass(frozen=True)
class Settled:
    """What became of one submission."""

    job_id: str
    is_settled: bool
    """False: it stays in the journal, and is tried again later."""
    sentence: str
    """For the artist; empty if there is nothing to know."""


def settle_abandoned(parent: Path, send: Send) -> Iterator[Settled]:
    """Deal with what programs left behind that are gone, and remove their copies of scenes."""
    for folder in abandoned(parent):
        yield from settle(Journal(folder.journal), send)
        folder.remove()


def settle(journal: Journal, send: Send, *, only: Container[str] | None = None) -> Iterator[Settled]:
    """Deal with the open submissions of a journal, or `only` with these jobs; none may be under way any more."""
    for submission in journal.open_ones():
        if only is not None and submission.job_id not in only:
            continue
        try:
            sentence = _settle_one(submission, send)
        except FlatironError as error:
            yield Settled(submission.job_id, is_settled=False, sentence=error.reason)
            continue
        journal.end(submission.job_id)
        yield Settled(submission.job_id, is_settled=True, sentence=sentence)


def _settle_one(submission: Submission, send: Send) -> str:
    """Announce or remove one job. Raises ShareError, TransportError, OwnershipError."""
    root = Path(submission.network_folder)
    folder, name = JobFolder.of(root, submission.job_id), submission.draft.job_name
    if not root.is_dir():
        raise ShareError(f"The network folder {root} is not there, so {name} cannot be looked at.")
    if folder.ended.exists() or not folder.path.exists():
        return ""
    if folder.description.exists() and not submission.is_withdrawn:
        resend(submission.job_id, send=send)
        return f"The bake {name} was complete on the share; the workers know of it now."
    try:
        left = remove_unfinished(folder, submission.draft)
    except OSError as error:
        raise share_error(f"What is left of the bake {name} in {folder.path} cannot be removed.", error) from error
    stays = f" These files are not its own and stay: {', '.join(left)}." if left else ""
    return f"The bake {name} was interrupted while it was submitted; what was made of it is removed.{stays}"
