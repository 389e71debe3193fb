"""One walk through an open job folder that removes what the job made, and keeps account of what is left.

That a subfolder is empty is the share's own word, by removing it: a listing of a network share may be out of date.
Names that the job is known to make need no listing. Whose folder it is, is for the caller.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from flatiron_tasks.contracts import layout
from flatiron_tasks.contracts.ended import Ended
from flatiron_tasks.contracts.errors import ContractError
from flatiron_tasks.share.held_folder import HeldFolder, is_file, is_folder
from flatiron_tasks.share.job_files import JobFiles, is_attempt

_MARKS = (layout.DESCRIPTION, layout.ENDED)  # in this order: a `job.desc` without the other would begin again

_NOT_EMPTY = (errno.ENOTEMPTY, errno.EEXIST)  # POSIX allows either


@dataclass(frozen=True)
class Look:
    """What one walk through a job folder came to. Paths are local ones.

    `stays` are files that the job did not make, or that could not be deleted; `unseen` are folders that are not empty
    though nothing in them is listed that stays; `has_deleted` says whether anything of the job was there and is gone.
    """

    stays: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    has_deleted: bool = False


@dataclass
class FolderSweep:
    """One walk through a job folder. Goes on where a single file resists.

    Without a `job.desc` (`files` None) only empty subfolders may go: a clean-up died between the last steps.
    """

    folder: Path
    files: JobFiles | None
    stays: set[str] = field(default_factory=set)
    unseen: set[str] = field(default_factory=set)
    has_deleted: bool = False

    @property
    def look(self) -> Look:
        """What the walk came to so far."""
        return Look(tuple(sorted(self.stays)), tuple(sorted(self.unseen)), self.has_deleted)

    @property
    def is_open(self) -> bool:
        """Whether anything is left besides the marks."""
        return bool(self.stays or self.unseen)

    def job_folder(self, held: HeldFolder) -> None:
        """Remove the subfolders by their names, then what is listed beside them; all but the marks."""
        for name in layout.SUBFOLDERS:
            status = held.status(name)
            if status is not None and is_folder(status):
                self._subfolder(held, name)
        if self.files is not None:
            self._by_name(self.files, "", held, self.folder)
        for name, status in sorted(held.entries().items()):
            if name not in _MARKS and not (name in layout.SUBFOLDERS and is_folder(status)):
                self._file(held, "", name, status, self.folder)

    def marks(self, held: HeldFolder, job_id: str) -> None:
        """Remove `job.desc` and `ended.json`; the latter is proof enough to go, once it is alone."""
        if self.files is not None or _has_ended(held, job_id):
            for name in _MARKS:
                self._unlink(held, name, self.folder / name)

    def remove_folder(self, parent: HeldFolder, name: str, path: Path) -> None:
        """Remove a folder that must be empty by now; if the share knows better, something in it was not listed."""
        try:
            parent.rmdir(name)
        except FileNotFoundError:
            return
        except OSError as error:
            (self.unseen if error.errno in _NOT_EMPTY else self.stays).add(str(path))
        else:
            self.has_deleted = True

    def _subfolder(self, held: HeldFolder, name: str) -> None:
        path = self.folder / name
        self._remove_below(held, name, path, partial(self._listed, name))
        if self.files is not None and str(path) in self.unseen:
            self.unseen.discard(str(path))
            self._remove_below(held, name, path, partial(self._by_name, self.files, name))

    def _by_name(self, files: JobFiles, subfolder: str, held: HeldFolder, path: Path) -> None:
        """Remove what the job is known to make, whether it is listed or not."""
        for name in files.names(subfolder):
            status = held.status(name)
            if status is not None and is_file(status):
                self._unlink(held, name, path / name)

    def _listed(self, subfolder: str, held: HeldFolder, path: Path) -> None:
        for name, status in sorted(held.entries().items()):
            if self.files is not None and subfolder == "work" and is_attempt(name) and is_folder(status):
                self._remove_below(held, name, path / name, self._everything)
            else:
                self._file(held, subfolder, name, status, path)

    def _file(self, held: HeldFolder, subfolder: str, name: str, status: os.stat_result, path: Path) -> None:
        """Remove a file of the job; anything else stays."""
        if self.files is not None and is_file(status) and self.files.owns(subfolder, name):
            self._unlink(held, name, path / name)
        else:
            self.stays.add(str(path / name))

    def _everything(self, held: HeldFolder, path: Path) -> None:
        """What an attempt made: all regular files and folders. Links stay, and are reported."""
        for name, status in sorted(held.entries().items()):
            if is_folder(status):
                self._remove_below(held, name, path / name, self._everything)
            elif is_file(status):
                self._unlink(held, name, path / name)
            else:
                self.stays.add(str(path / name))

    def _remove_below(
        self, parent: HeldFolder, name: str, path: Path, sweep: Callable[[HeldFolder, Path], None]
    ) -> None:
        """Sweep a folder, and remove it if nothing was left in it."""
        before = len(self.stays) + len(self.unseen)
        try:
            with parent.enter(name) as held:
                sweep(held, path)
        except FileNotFoundError:
            return  # another clean-up was faster
        except OSError:
            self.stays.add(str(path))
        if len(self.stays) + len(self.unseen) == before:
            self.remove_folder(parent, name, path)

    def _unlink(self, held: HeldFolder, name: str, path: Path) -> None:
        try:
            held.unlink(name)
        except FileNotFoundError:
            return
        except OSError:
            self.stays.add(str(path))
        else:
            self.has_deleted = True


def _has_ended(held: HeldFolder, job_id: str) -> bool:
    """Whether the folder says that it is what was left of the job."""
    try:
        return Ended.from_json(held.read(layout.ENDED), source=layout.ENDED).job_id == job_id
    except (FileNotFoundError, ContractError):
        return False
