"""Submit the jobs of one press of Bake, one after the other, in a thread: copies, hashes, placeholders, messages.

Every submission stands in the journal from before its first file until the workers know of it, and in the ledger from
before they do. One for this machine stands in the journal until it is baked, and needs neither.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flatiron_tasks.contracts.errors import FlatironError, UnexpectedError
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.contracts.layout import JobFolder
from max_submitter.jobs.ledger import Ledger, LedgerEntry, LedgerTexture
from max_submitter.request import BakeRequest
from max_submitter.session.journal import Journal, Submission
from max_submitter.session.submission_words import told
from max_submitter.submission import Submitted, submit

Tell = Callable[[str, float], None]
"""Hears a sentence and a fraction from 0 to 1, in the thread that works."""


@dataclass(frozen=True)
class Outcome:
    """What became of one group."""

    request: BakeRequest
    job_id: str
    """Empty if it was refused before anything was made."""
    submitted: Submitted | None
    """None if nothing was submitted."""
    error: FlatironError | None
    """Why nothing was submitted, or, with `submitted`, why the workers could not be told yet."""
    submission: Submission | None
    """What the journal said of it at first; None if it was refused before anything was made."""
    is_open: bool
    """Whether `leftovers` has to announce it or to take it back."""


@dataclass(frozen=True)
class Submitter:
    """What submitting needs from outside."""

    journal: Journal
    ledger: Ledger
    node_program: Callable[[], bytes]
    send: Callable[[str], None] | None
    """Announces a job id and raises what `CeleryTransport.send` raises; None for bakes on this machine."""
    clock: Callable[[], datetime]
    scene: Path | None
    """The scene file that shows the textures."""

    def submit_all(self, requests: Sequence[BakeRequest], tell: Tell) -> tuple[Outcome, ...]:
        """Submit every request; one that fails keeps no other from being submitted. Raises what `node_program` does."""
        program, count = self.node_program(), len(requests)
        return tuple(
            self._submit(request, program, _Place(number, count), tell) for number, request in enumerate(requests)
        )

    def _submit(self, request: BakeRequest, program: bytes, place: _Place, tell: Tell) -> Outcome:
        run = _Run(self, request)
        try:
            submitted = submit(
                request,
                node_program=program,
                send=run.announce,
                clock=self.clock,
                begin=run.begin,
                copied=_Progress(request, place, tell).copied,
                placed=run.placed,
            )
        except Exception as error:  # noqa: BLE001 - what became of the other groups must not be lost by it
            is_open = run.take_back()
            return Outcome(request, run.job_id, None, told(error, request, is_open=is_open), run.submission, is_open)
        return Outcome(request, run.job_id, submitted, run.trouble, run.submission, is_open=run.trouble is not None)


class _Run:
    """One submission and its line in the journal."""

    def __init__(self, submitter: Submitter, request: BakeRequest) -> None:
        self._submitter = submitter
        self._request = request
        self.submission: Submission | None = None
        self.trouble: FlatironError | None = None

    @property
    def job_id(self) -> str:
        return self.submission.job_id if self.submission else ""

    def begin(self, draft: JobDescription) -> None:
        submitter = self._submitter
        begun = first_entry(self._request, draft, scene=submitter.scene, is_local=submitter.send is None)
        submitter.journal.begin(begun)
        self.submission = begun

    def placed(self) -> None:
        """From here on the job may be announced, also by a later program; its ledger entry is there before that."""
        submitter = self._submitter
        submitter.journal.placed(self.job_id)
        if submitter.send is not None and self.submission is not None:
            submitter.ledger.keep(self.submission.entry)

    def announce(self, job_id: str) -> None:
        """Tell the workers. If that fails the job stays open in the journal, to be announced later."""
        if self._submitter.send is None:
            return
        try:
            self._submitter.send(job_id)
        except FlatironError as error:
            self.trouble = error
        except Exception as error:  # noqa: BLE001 - the job is complete: whatever it is, it is announced later
            self.trouble = UnexpectedError("The workers could not be told.", why=f"{type(error).__name__}: {error}")
        else:
            self._submitter.journal.end(job_id)

    def take_back(self) -> bool:
        """`submit` has undone what it could; whether that is not everything, and `leftovers` has to do the rest."""
        if self.submission is None:
            return False
        try:
            self._submitter.journal.withdraw(self.job_id)
            self._submitter.ledger.forget(self.job_id)
            if not self._is_gone(self._request.network_folder):
                return True
        except (FlatironError, OSError):
            return True  # without the word `withdrawn`, the missing `placed` says as much
        self._submitter.journal.end(self.job_id)
        return False

    def _is_gone(self, root: Path) -> bool:
        return root.is_dir() and not JobFolder.of(root, self.job_id).path.exists()


def first_entry(request: BakeRequest, draft: JobDescription, *, scene: Path | None, is_local: bool) -> Submission:
    """What the journal says of a submission that begins: also which scene shows which file."""
    names = [placeholder.file_name for placeholder in draft.placeholders]
    entry = LedgerEntry(
        schema_version=1,
        job_id=draft.job_id,
        job_name=request.job_name,
        submitted_at=draft.submitted_at,
        scenes=(str(scene),) if scene else (),
        job_folder=str(JobFolder.of(request.network_folder, draft.job_id).path),
        output_folder=str(request.output_folder),
        farm="" if is_local else f"{request.farm.manager}:{request.farm.port}",
        textures=tuple(LedgerTexture(name, str(request.output_folder / name), applied="") for name in names),
    )
    return Submission(2, str(request.network_folder), is_placed=False, is_withdrawn=False, draft=draft, entry=entry)


@dataclass(frozen=True)
class _Place:
    """Which of how many jobs."""

    number: int
    count: int


class _Progress:
    """Bytes of one scene copy as a sentence and a fraction of all groups, told at most once per hundredth."""

    def __init__(self, request: BakeRequest, place: _Place, tell: Tell) -> None:
        which = "" if place.count == 1 else f" ({place.number + 1} of {place.count})"
        self._sentence = f"Submitting {request.job_name}{which} …"
        self._place, self._tell = place, tell
        self._size = max(1, request.scene.stat().st_size)
        self._bytes, self._told = 0, -1
        self.copied(0)

    def copied(self, size: int) -> None:
        self._bytes += size
        fraction = (self._place.number + min(1.0, self._bytes / self._size)) / self._place.count
        if int(100 * fraction) > self._told:
            self._told = int(100 * fraction)
            self._tell(self._sentence, fraction)
