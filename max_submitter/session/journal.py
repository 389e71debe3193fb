"""Which submissions of one program are under way: written down before anything is made, crossed out when workers know.

What stands here after the program is gone was interrupted, or could not be announced; `leftovers` deals with it.
"""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.document import Document, rule, schema_version
from flatiron_tasks.contracts.errors import ContractError
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.share.atomic import remove_quietly, share_error, write_atomically

_SUFFIX: Final = ".submission.json"


@dataclass(frozen=True)
class Submission(Document):
    """One submission that has begun."""

    schema_version: int = schema_version(1)
    network_folder: str = rule("Local path of the folder that gets the job folder.")
    is_withdrawn: bool = rule("Whether it failed and what is left of it must go.")
    draft: JobDescription = rule("The job; hashes of copied files are not known yet.")

    @property
    def job_id(self) -> str:
        """Id of the bake job."""
        return self.draft.job_id


class Journal:
    """The submissions in one folder. A submission is written and crossed out by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, network_folder: Path, draft: JobDescription) -> None:
        """Write down a submission before anything of it is made. Raises ShareError."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise share_error(f"{self._folder} cannot be made.", error) from error
        self._write(Submission(1, str(network_folder), is_withdrawn=False, draft=draft))

    def withdraw(self, job_id: str) -> None:
        """Note that a submission failed: what could not be taken back is removed later, never announced.

        Raises ShareError.
        """
        for submission in self.open_ones():
            if submission.job_id == job_id:
                self._write(dataclasses.replace(submission, is_withdrawn=True))

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

    def _write(self, submission: Submission) -> None:
        write_atomically(self._path(submission.job_id), submission.to_json())

    def _path(self, job_id: str) -> Path:
        return self._folder / f"{job_id}{_SUFFIX}"
