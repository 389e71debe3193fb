"""Finish or take back submissions that were interrupted or could not be announced. Runs in a thread: shares are slow.

Only what a journal of this user on this machine names is looked at, so nothing of anybody else can be touched. A job
whose placeholders were all in place is announced, or baked here again; anything less is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from flatiron_tasks.contracts.ended import Ended
from flatiron_tasks.contracts.errors import FlatironError, ShareError
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.share.atomic import share_error
from flatiron_tasks.share.bounded_read import read_bounded
from flatiron_tasks.share.cleanup import remove_job_folder
from max_submitter.jobs.ledger import Ledger, LedgerEntry
from max_submitter.session.journal import Journal, Submission
from max_submitter.session.session_folder import abandoned
from max_submitter.submission import resend
from max_submitter.taking_back import stands, take_back

Send = Callable[[str], None]


@dataclass(frozen=True)
class Settled:
    """What became of one submission."""

    job_id: str
    """Empty if it cannot be read."""
    is_settled: bool
    """False: it stays in a journal, and is tried again later."""
    sentence: str
    """For the artist; empty if there is nothing to know."""
    entry: LedgerEntry | None = None
    """What the ledger has from now on: its program was killed before it could write it."""
    unfinished: Submission | None = None
    """A bake on this machine that has to go on; it stands in this program's journal now."""


@dataclass(frozen=True)
class Settler:
    """Settles submissions. `send` announces a job id."""

    ledger: Ledger
    send: Send

    def abandoned(self, parent: Path, own: Journal) -> Iterator[Settled]:
        """Deal with what programs left behind that are gone, and remove their copies of scenes.

        Unfinished bakes of this machine move into the `own` journal.
        """
        for folder in abandoned(parent):
            journal = Journal(folder.journal)
            for submission in journal.open_ones():
                yield self._settle(journal, submission, own)
            yield from (_unreadable(path) for path in journal.unreadable())
            folder.remove()

    def settle(self, journal: Journal, *, only: Container[str]) -> Iterator[Settled]:
        """Deal with these open submissions of a journal; none may be under way any more."""
        for submission in journal.open_ones():
            if submission.job_id in only:
                yield self._settle(journal, submission, journal)

    def _settle(self, journal: Journal, submission: Submission, own: Journal) -> Settled:
        try:
            settled = self._look(submission)
            if settled.unfinished is not None and own is not journal:
                own.begin(submission)
        except FlatironError as error:
            return Settled(submission.job_id, is_settled=False, sentence=error.reason)
        except OSError as error:
            reason = share_error(f"The bake {submission.draft.job_name} cannot be looked at.", error).reason
            return Settled(submission.job_id, is_settled=False, sentence=reason)
        if settled.unfinished is None or own is not journal:
            journal.end(submission.job_id)
        return settled

    def _look(self, submission: Submission) -> Settled:
        """Announce or take back one job. Raises OSError, ShareError, TransportError, OwnershipError."""
        root, job_id = Path(submission.network_folder), submission.job_id
        folder, name = JobFolder.of(root, job_id), submission.draft.job_name
        if not root.is_dir():
            raise ShareError(f"The network folder {root} is not there, so {name} cannot be looked at.")
        if submission.is_withdrawn or not submission.is_placed:
            return Settled(job_id, is_settled=True, sentence=self._take_back(submission, folder))
        if submission.is_local:
            return self._look_here(submission, folder)
        if not folder.path.exists():
            _refuse_if_disconnected(submission, folder)
        if folder.ended.exists() or not folder.path.exists():
            return Settled(job_id, is_settled=True, sentence="", entry=self._entry(submission))
        entry = self._entry(submission)
        resend(job_id, send=self.send)
        sentence = f"The bake {name} was complete on the share; the workers know of it now."
        return Settled(job_id, is_settled=True, sentence=sentence, entry=entry)

    def _look_here(self, submission: Submission, folder: JobFolder) -> Settled:
        """A bake on this machine, which nobody but this program brings to its end. Raises as `_look`, ContractError."""
        job_id = submission.job_id
        if _is_cancelled(folder):
            return Settled(job_id, is_settled=True, sentence=self._take_back(submission, folder))
        if not folder.description.exists():  # its clean-up has removed all that matters, and goes last
            remove_job_folder(folder.path, job_id=job_id, network_folders=[folder.path.parent])
            return Settled(job_id, is_settled=True, sentence="")
        sentence = f"The bake {submission.draft.job_name} on this machine was interrupted and goes on."
        return Settled(job_id, is_settled=True, sentence=sentence, unfinished=submission)

    def _take_back(self, submission: Submission, folder: JobFolder) -> str:
        """Empty if nothing was made of it."""
        was_there = folder.path.exists()
        left = take_back(
            Path(submission.network_folder),
            submission.draft,
            Path(submission.entry.output_folder),
            remove_placeholders=not submission.is_placed,
        )
        self.ledger.forget(submission.job_id)
        stays = f" These files are not its own and stay: {', '.join(left)}." if left else ""
        name = submission.draft.job_name
        if submission.is_placed:
            return f"The bake {name} is cancelled; earlier files are back in place.{stays}"
        told = f"The bake {name} was interrupted while it was submitted; what was made of it is removed.{stays}"
        return told if was_there else ""

    def _entry(self, submission: Submission) -> LedgerEntry | None:
        """Write what the ledger lacks. Raises ShareError."""
        if submission.is_local or submission.job_id in self.ledger.entries():
            return None
        self.ledger.keep(submission.entry)
        return submission.entry


def _refuse_if_disconnected(submission: Submission, folder: JobFolder) -> None:
    """A mount point without its share looks like a folder without the job. Raises ShareError, OSError."""
    output = Path(submission.entry.output_folder)
    if any(stands(output / item.file_name, item) for item in submission.draft.placeholders):
        raise ShareError(
            f"The placeholders of {submission.draft.job_name} are there, but the job folder {folder.path} is not. "
            "Connect the network folder; if the job folder is gone for good, bake again."
        )


def _is_cancelled(folder: JobFolder) -> bool:
    """Whether the bake was cancelled, and killed while it cleaned up. Raises OSError, ContractError."""
    if not folder.ended.exists():
        return False
    return Ended.from_json(read_bounded(folder.ended), source=str(folder.ended)).state == "cancelled"


def _unreadable(path: Path) -> Settled:
    job_id = path.name.partition(".")[0]
    sentence = (
        f"What is known of the bake job {job_id} cannot be read, so nobody can tell whether it was submitted. "
        f"If its job folder flatiron-{job_id} is complete, tell the workers with `flatiron resubmit {job_id}`; "
        f"then delete {path}."
    )
    return Settled("", is_settled=True, sentence=sentence)
