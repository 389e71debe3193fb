"""Remove a job folder: what the job made, nothing else, and nothing outside of it.

`job.desc` proves whose folder it is, so it goes last: a clean-up that was killed anywhere can be done again. Where
something stays, `job.desc` stays too, and the next clean-up can still tell.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from flatiron_tasks.contracts import layout
from flatiron_tasks.contracts.errors import ContractError, OwnershipError
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.share import atomic
from flatiron_tasks.share.held_folder import HeldFolder, hold, is_file, is_folder
from flatiron_tasks.share.job_files import JobFiles, is_attempt


@dataclass(frozen=True)
class Leftovers:
    """What is still there: local paths of files that the job did not make, or that could not be deleted."""

    paths: tuple[str, ...] = ()


def remove_job_folder(folder: Path, *, job_id: str, network_folders: Sequence[Path]) -> Leftovers:
    """Remove the job folder `folder` of job `job_id`; one that is gone is a success. May run twice or be killed.

    Raises OwnershipError if the folder is not a direct child of a network folder, is a link, has another name than
    `flatiron-<job id>`, or its `job.desc` does not name the job; ShareError if the network folder cannot be read.
    """
    network_folder = _network_folder_of(folder, job_id, network_folders)
    try:
        with hold(network_folder) as parent:
            return _remove(parent, folder, job_id)
    except OSError as error:
        raise atomic.share_error(f"{folder} cannot be cleaned.", error) from error


def _network_folder_of(folder: Path, job_id: str, network_folders: Sequence[Path]) -> Path:
    if folder.name != layout.folder_name(job_id):
        raise _refusal(folder, f"Its name is not {layout.folder_name(job_id)}.")
    for network_folder in network_folders:
        if _is_same_folder(network_folder, folder.parent):
            return network_folder  # from here on the configured folder and a name count, not the given path
    raise _refusal(folder, "It is not a direct child of a configured network folder.")


def _is_same_folder(one: Path, other: Path) -> bool:
    if os.path.normcase(one) == os.path.normcase(other):
        return True
    try:
        return one.samefile(other)
    except OSError:
        return False


def _remove(parent: HeldFolder, folder: Path, job_id: str) -> Leftovers:
    status = parent.status(folder.name)
    if status is None:
        return Leftovers()
    if not is_folder(status):
        raise _refusal(folder, "It is a link or a file.")
    with parent.enter(folder.name) as held:
        job = _owner(held, folder, job_id)
        sweep = _Sweep(folder)
        sweep.job_folder(held, None if job is None else JobFiles(job))
    if not sweep.leftovers:
        sweep.remove_folder(parent, folder.name, folder)
    return Leftovers(tuple(sorted(sweep.leftovers)))


def _owner(held: HeldFolder, folder: Path, job_id: str) -> JobDescription | None:
    """The job that the folder says it belongs to; None if it does not say."""
    try:
        job = JobDescription.from_json(held.read(layout.DESCRIPTION), source=str(folder / layout.DESCRIPTION))
    except FileNotFoundError:
        return None
    except ContractError as error:
        raise _refusal(folder, f"Whose it is cannot be read. {error}") from error
    if job.job_id != job_id:
        raise _refusal(folder, f"Its {layout.DESCRIPTION} belongs to job {job.job_id}.")
    return job


_LAST = (layout.ENDED, layout.DESCRIPTION)


@dataclass
class _Sweep:
    """One walk through a job folder. Goes on where a single file resists."""

    folder: Path
    leftovers: set[str] = field(default_factory=set)

    def job_folder(self, held: HeldFolder, files: JobFiles | None) -> None:
        """Remove the job's files, then empty subfolders, then the mark of its end and `job.desc` if nothing is left.

        Without a `job.desc` (`files` None) only empty subfolders may go: a clean-up died between the last two steps.
        """
        entries = held.entries()
        for name in sorted(entries.keys() - set(_LAST)):
            path = self.folder / name
            if name in layout.SUBFOLDERS and is_folder(entries[name]):
                self._remove_below(held, name, path, partial(self._subfolder, files, name))
            elif files is not None and files.owns("", name) and is_file(entries[name]):
                self._unlink(held, name, path)
            else:
                self.leftovers.add(str(path))
        for name in _LAST if files is not None and not self.leftovers else ():
            self._unlink(held, name, self.folder / name)

    def remove_folder(self, parent: HeldFolder, name: str, path: Path) -> None:
        """Remove a folder that must be empty by now; if it is not, it is a leftover itself."""
        try:
            parent.rmdir(name)
        except FileNotFoundError:
            return
        except OSError:
            self.leftovers.add(str(path))

    def _subfolder(self, files: JobFiles | None, subfolder: str, held: HeldFolder, path: Path) -> None:
        for name, status in sorted(held.entries().items()):
            if files is not None and is_file(status) and files.owns(subfolder, name):
                self._unlink(held, name, path / name)
            elif files is not None and subfolder == "work" and is_attempt(name) and is_folder(status):
                self._remove_below(held, name, path / name, self._everything)
            else:
                self.leftovers.add(str(path / name))

    def _everything(self, held: HeldFolder, path: Path) -> None:
        """What an attempt made: all regular files and folders. Links stay, and are reported."""
        for name, status in sorted(held.entries().items()):
            if is_folder(status):
                self._remove_below(held, name, path / name, self._everything)
            elif is_file(status):
                self._unlink(held, name, path / name)
            else:
                self.leftovers.add(str(path / name))

    def _remove_below(
        self, parent: HeldFolder, name: str, path: Path, sweep: Callable[[HeldFolder, Path], None]
    ) -> None:
        """Sweep a folder, and remove it if nothing was left in it."""
        before = len(self.leftovers)
        try:
            with parent.enter(name) as held:
                sweep(held, path)
        except FileNotFoundError:
            return  # another clean-up was faster
        except OSError:
            self.leftovers.add(str(path))
        if len(self.leftovers) == before:
            self.remove_folder(parent, name, path)

    def _unlink(self, held: HeldFolder, name: str, path: Path) -> None:
        try:
            held.unlink(name)
        except FileNotFoundError:
            return
        except OSError:
            self.leftovers.add(str(path))


def _refusal(folder: Path, why: str) -> OwnershipError:
    return OwnershipError(
        f"{folder} is not cleaned.",
        why=why,
        advice="Look into it. If a bake job made it, correct `network_folders` in the settings, or delete it by hand.",
    )
