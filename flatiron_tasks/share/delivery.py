"""Put a finished texture in the place of this job's placeholder, and of nothing else.

What stands at the final path decides, looked at again right before the rename. A limit that no file system lifts: a
program that writes there between that look and the rename, microseconds later, loses its file.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Literal

from flatiron_tasks.contracts.errors import OwnershipError, ShareError
from flatiron_tasks.contracts.mark import find_mark
from flatiron_tasks.share import atomic

Outcome = Literal["delivered", "already", "beside", "absent"]
_ROUNDS = 5
_NAME_BYTES = 255
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


@dataclass(frozen=True)
class Delivery:
    """Where the result is now, and how it got there.

    `delivered`: it replaced the placeholder. `already`: an earlier run had. `beside`: the final path holds somebody
    else's file, or one that cannot be replaced now (`held`), so the result stands beside it. `absent`: nothing
    stands at the final path; nothing was written.
    """

    path: str
    outcome: Outcome
    held: bool = False
    """Whether the placeholder stays because a program holds it open."""


class _Standing(Enum):
    """What stands at a path."""

    NOTHING = "nothing"
    REPLACEABLE = "this job's placeholder, or a result that it has thrown away"
    FINISHED = "this job's result"
    FOREIGN = "somebody else's file"


class _HeldOpen(Exception):  # noqa: N818 - a signal between two functions, never leaves this module
    """Windows refuses to replace the final path: some program, 3ds Max itself perhaps, has it open."""


class _ChangedMeanwhile(Exception):  # noqa: N818 - a signal between two functions, never leaves this module
    """The final path, or our temporary, is not what it was at the last look."""


def deliver(
    finished: Path,
    final: Path,
    *,
    job_id: str,
    placeholder_sha256: str,
    finished_sha256: str,
    create_missing: bool,
    earlier_sha256: Collection[str] = (),
) -> Delivery:
    """Deliver `finished` to `final`. May run twice, at once, or after being killed anywhere, with the same end state.

    Besides the placeholder, earlier results of this job (`earlier_sha256`) may be replaced.
    `create_missing`: a missing `final` is created if its folder exists, instead of being reported as absent.

    Raises ShareError if a file cannot be read or written now or `finished` is not what its hash says, OwnershipError if
    somebody else's files stand both at `final` and at the name beside it.
    """
    ours = frozenset({placeholder_sha256, *earlier_sha256})
    order = _Order(finished, final, job_id, ours, finished_sha256, create_missing)
    try:
        for _ in range(_ROUNDS):
            try:
                return order.run()
            except _ChangedMeanwhile:
                continue
    except OSError as error:
        raise atomic.share_error(f"{final} cannot be delivered.", error) from error
    raise ShareError(f"{final} keeps changing.", advice="Find the program that writes to it, then deliver again.")


@dataclass(frozen=True)
class _Order:
    finished: Path
    final: Path
    job_id: str
    replaceable_sha256: frozenset[str]
    finished_sha256: str
    create_missing: bool

    def run(self) -> Delivery:
        standing = self._look(self.final)
        if standing is _Standing.FINISHED:
            return self._end(self.final, "already")
        if standing is _Standing.REPLACEABLE:
            return self._replace_final()
        if standing is _Standing.FOREIGN:
            return self._beside()
        if not (self.create_missing and self.final.parent.is_dir()):
            return Delivery(str(self.final), "absent")
        self._create(self.final)
        return self._end(self.final, "delivered")

    def _replace_final(self) -> Delivery:
        try:
            self._replace(self.final)
        except _HeldOpen:
            return dataclasses.replace(self._beside(), held=True)
        return self._end(self.final, "delivered")

    def _beside(self) -> Delivery:
        path = self.final.with_name(f"{self.final.stem}.flatiron-{self.job_id}{self.final.suffix}")
        standing = self._look(path)
        if standing is _Standing.NOTHING:
            self._create(path)
        elif standing is _Standing.REPLACEABLE:
            self._replace(path)
        elif standing is not _Standing.FINISHED:
            raise OwnershipError(
                f"{self.final} and {path} both hold files that are not this job's.",
                why="Neither may be overwritten.",
                advice=f"Move {path.name} away, then deliver again.",
            )
        return self._end(path, "beside")

    def _look(self, path: Path) -> _Standing:
        try:
            if not stat.S_ISREG(path.lstat().st_mode):  # a link leads to a file that may be anybody's
                return _Standing.FOREIGN
        except (FileNotFoundError, NotADirectoryError):
            return _Standing.NOTHING
        digest = atomic.sha256_of(path)
        if digest == self.finished_sha256:
            return _Standing.FINISHED
        if digest not in self.replaceable_sha256:
            return _Standing.FOREIGN
        if self._is_marked(path):
            return _Standing.REPLACEABLE
        if atomic.sha256_of(path) != digest:  # the mark that was looked for is that of another file
            raise _ChangedMeanwhile
        return _Standing.FOREIGN

    def _is_marked(self, path: Path) -> bool:
        """Whether the file itself says that it is ours: a hash alone is only what `job.desc` claims."""
        mark = find_mark(path)
        return mark is not None and (mark.kind == "texture" or mark.job_id == self.job_id)

    def _replace(self, path: Path) -> None:
        with self._copied() as temporary:
            if self._look(path) is not _Standing.REPLACEABLE:
                raise _ChangedMeanwhile
            try:
                _rename(temporary, path)
            except PermissionError as error:
                if not atomic.is_in_use(error):
                    raise
                raise _HeldOpen from error

    def _create(self, path: Path) -> None:
        """Give the copy a name that is free; a file that appears there meanwhile stays."""
        with self._copied() as temporary:
            try:
                _rename_to_free_name(temporary, path)
            except FileExistsError:
                raise _ChangedMeanwhile from None

    @contextlib.contextmanager
    def _copied(self) -> Iterator[Path]:
        """A flushed and verified copy in the folder of `final`, under a name of its own."""
        temporary = self.final.with_name(f"{self._temporary_prefix}{secrets.token_hex(8)}.tmp")
        try:
            with self.finished.open("rb") as source, temporary.open("xb") as target:
                while block := source.read(atomic.BLOCK_BYTES):
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())
            self._check_copy(temporary)
            yield temporary
        finally:
            atomic.remove_quietly(temporary)

    def _check_copy(self, temporary: Path) -> None:
        try:
            digest = atomic.sha256_of(temporary)
        except ShareError:
            if temporary.exists():
                raise
            raise _ChangedMeanwhile from None
        if digest != self.finished_sha256:
            raise ShareError(
                f"The copy of {self.finished} does not have the hash that was recorded for it.",
                why="The file was damaged or changed in the job folder, or on its way.",
                advice="Deliver again; if it stays, make the texture again from its pieces.",
            )

    def _end(self, path: Path, outcome: Outcome) -> Delivery:
        self._remove_temporaries()
        return Delivery(str(path), outcome)

    def _remove_temporaries(self) -> None:
        """Remove what killed runs left. A run beside this one that loses its copy looks again and finds the result."""
        for path in self.final.parent.iterdir():
            if path.name.startswith(self._temporary_prefix) and path.name.endswith(".tmp"):
                atomic.remove_quietly(path)

    @property
    def _temporary_prefix(self) -> str:
        """First part of the names of temporaries of this job for this texture; short enough for any file system."""
        name = self.final.name
        suffix = f".flatiron-{self.job_id}."
        if len(f".{name}{suffix}".encode()) + 20 > _NAME_BYTES:
            name = hashlib.sha256(name.encode()).hexdigest()[:16]
        return f".{name}{suffix}"


def _rename(temporary: Path, final: Path) -> None:
    try:
        atomic.retry_while_in_use(lambda: temporary.replace(final))
    except FileNotFoundError:
        raise _ChangedMeanwhile from None
    atomic.fsync_folder(final.parent)


def _rename_to_free_name(temporary: Path, path: Path) -> None:
    """Rename, but fail with FileExistsError if the name is taken."""
    try:
        if os.name == "nt":
            temporary.rename(path)  # refuses a taken name there
        else:
            os.link(temporary, path)
    except FileNotFoundError:
        raise _ChangedMeanwhile from None
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS or path.exists():
            raise
        _rename(temporary, path)  # a share without hard links: the look before is the only guard
    atomic.fsync_folder(path.parent)
