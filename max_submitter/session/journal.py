"""Which submissions of one program are under way: written down before anything is made, crossed out when workers know.

A bake on this machine is crossed out when it has ended. What stands here after the program is gone was interrupted, or
could not be announced; `leftovers` deals with it.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.document import Document, rule, schema_version
from flatiron_tasks.contracts.errors import ContractError
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.share.atomic import remove_quietly, share_error, write_atomically
from max_submitter.jobs.ledger import LedgerEntry

_SUFFIX: Final = ".submission.json"


@dataclass(frozen=True)
class Submission(Document):
    """One submission that has begun. Paths are local."""

    schema_version: int = schema_version(2)
    network_folder: str = rule("The folder that gets the job folder.")
    is_placed: bool = rule("Whether all placeholders were in place: only then it may be announced.")
    is_withdrawn: bool = rule("Whether it failed or was cancelled, and what is left of it must go.")
    draft: JobDescription = rule("The job; hashes of copied files are not known yet.")
    entry: LedgerEntry = rule("What this machine has to remember of it.")

    @property
    def job_id(self) -> str:
        """Id of the bake job."""
        return self.draft.job_id

    @property
    def is_local(self) -> bool:
        """Whether it is baked on this machine: no worker needs to know."""
        return not self.entry.farm


class Journal:
    """The submissions in one folder. A submission is written and crossed out by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, submission: Submission) -> None:
        """Write down a submission, before anything of it is made. Raises ShareError."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise share_error(f"{self._folder} cannot be made.", error) from error
        self._write(submission)

    def placed(self, job_id: str) -> None:
        """Note that a job is complete and its placeholders are in place. Raises ShareError."""
        for submission in self._ones(job_id):
            self._write(dataclasses.replace(submission, is_placed=True))

    def withdraw(self, job_id: str, *, is_placed: bool = False) -> None:
        """Note that a submission failed: what could not be taken back is taken back later, never announced.

        `is_placed`: the scene may show its placeholders by now. Raises ShareError.
        """
        for submission in self._ones(job_id):
            self._write(dataclasses.replace(submission, is_placed=is_placed, is_withdrawn=True))

    def end(self, job_id: str) -> None:
        """Cross out a submission: the workers know of it, or nothing of it is left. One that stays does no harm."""
        remove_quietly(self._path(job_id))

    def open_ones(self) -> tuple[Submission, ...]:
        """Submissions that are not crossed out, oldest first. What cannot be read is set aside as `*.unreadable`."""
        found = []
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            with contextlib.suppress(OSError):
                try:
                    found.append(Submission.from_json(path.read_bytes(), source=str(path)))
                except ContractError:
                    path.replace(path.with_name(f"{path.name}.unreadable"))
        return tuple(found)

    def unreadable(self) -> tuple[Path, ...]:
        """Entries that were set aside."""
        return tuple(sorted(self._folder.glob(f"*{_SUFFIX}.unreadable")))

    def _ones(self, job_id: str) -> Iterator[Submission]:
        return (submission for submission in self.open_ones() if submission.job_id == job_id)

    def _write(self, submission: Submission) -> None:
        write_atomically(self._path(submission.job_id), submission.to_json())

    def _path(self, job_id: str) -> Path:
        return self._folder / f"{job_id}{_SUFFIX}"
