"""Submit the jobs of one press of Bake, one after the other, in a thread: copies, hashes, placeholders, messages.

Every submission stands in the journal from before its first file until the workers know of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flatiron_tasks.contracts.errors import FlatironError
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.contracts.layout import JobFolder
from max_submitter.request import BakeRequest
from max_submitter.session.journal import Journal
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


@dataclass(frozen=True)
class Submitter:
    """What submitting needs from outside. `send` announces a job id and raises what `CeleryTransport.send` raises."""

    journal: Journal
    node_program: Callable[[], bytes]
    send: Callable[[str], None]
    clock: Callable[[], datetime]

    def submit_all(self, requests: Sequence[BakeRequest], tell: Tell) -> tuple[Outcome, ...]:
        """Submit every request; one that fails keeps no other from being submitted. Raises what `node_program` does."""
        program = self.node_program()
        return tuple(
            self._submit(request, program, _Progress(request, number, len(requests), tell))
            for number, request in enumerate(requests)
        )

    def _submit(self, request: BakeRequest, program: bytes, progress: _Progress) -> Outcome:
        run = _Run(self, request)
        try:
            submitted = submit(
                request,
                node_program=program,
                send=run.announce,
                clock=self.clock,
                begin=run.begin,
                copied=progress.copied,
            )
        except FlatironError as error:
            run.take_back()
            return Outcome(request, run.job_id, None, error)
        except BaseException:
            run.take_back()
            raise
        return Outcome(request, run.job_id, submitted, run.trouble)


class _Run:
    """One submission and its line in the journal."""

    def __init__(self, submitter: Submitter, request: BakeRequest) -> None:
        self._submitter = submitter
        self._folder = request.network_folder
        self.job_id = ""
        self.trouble: FlatironError | None = None

    def begin(self, draft: JobDescription) -> None:
        self._submitter.journal.begin(self._folder, draft)
        self.job_id = draft.job_id

    def announce(self, job_id: str) -> None:
        """Tell the workers. If that fails the job stays open in the journal, to be announced later."""
        try:
            self._submitter.send(job_id)
        except FlatironError as error:
            self.trouble = error
        else:
            self._submitter.journal.end(job_id)

    def take_back(self) -> None:
        """`submit` has undone what it could: where that is not everything, the journal keeps the rest in mind."""
        if self.job_id and self._is_gone(self._folder):
            self._submitter.journal.end(self.job_id)
        elif self.job_id:
            self._submitter.journal.withdraw(self.job_id)

    def _is_gone(self, root: Path) -> bool:
        return root.is_dir() and not JobFolder.of(root, self.job_id).path.exists()


class _Progress:
    """Bytes of one scene copy as a sentence and a fraction of all groups, told at most once per hundredth."""

    def __init__(self, request: BakeRequest, number: int, count: int, tell: Tell) -> None:
        self._sentence = (
            f"Submitting {request.job_name} …"
            if count == 1
            else (f"Submitting {request.job_name} ({number + 1} of {count}) …")
        )
        self._number, self._count, self._tell = number, count, tell
        self._size = max(1, request.scene.stat().st_size)
        self._bytes, self._told = 0, -1
        self.copied(0)

    def copied(self, size: int) -> None:
        self._bytes += size
        fraction = (self._number + min(1.0, self._bytes / self._size)) / self._count
        if int(100 * fraction) > self._told:
            self._told = int(100 * fraction)
            self._tell(self._sentence, fraction)
