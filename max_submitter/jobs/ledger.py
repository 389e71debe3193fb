"""What this machine has to do with its jobs: which scene shows their textures, and what was applied there.

One small file per job, so that two programs never write the same one. Redis may forget everything; this file only says
what concerns this machine's scene, and a lost one costs a reload by hand.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.document import Document, rule, schema_version
from flatiron_tasks.contracts.errors import ContractError
from flatiron_tasks.contracts.identity import JOB_ID_PATTERN, moment, read_time
from flatiron_tasks.share.atomic import share_error, write_atomically
from max_submitter.giving_way import giving_way

log = logging.getLogger(__name__)
_SUFFIX: Final = ".job.json"


@dataclass(frozen=True)
class LedgerTexture(Document):
    """One texture of a job, as this machine knows it."""

    file_name: str = rule("File name of the texture.")
    shown: str = rule("Local path that the scene shows: the final path, or the file beside it.")
    applied: str = rule("Signature of the file that the scene has read last; empty while it shows the placeholder.")


@dataclass(frozen=True)
class LedgerEntry(Document):
    """One job that was submitted from this machine. Paths are local."""

    schema_version: int = schema_version(1)
    job_id: str = rule("Id of the bake job.", pattern=JOB_ID_PATTERN)
    job_name: str = rule("Name that people see.")
    submitted_at: str = moment("UTC, by this machine's clock.")
    scenes: tuple[str, ...] = rule("Scene files that show the textures; another one is added by Save As.")
    job_folder: str = rule("The job folder.")
    output_folder: str = rule("Where the textures land.")
    farm: str = rule("Address of the farm manager; empty for a bake on this machine.")
    textures: tuple[LedgerTexture, ...] = rule("All textures, in plan order.")

    def is_shown_in(self, scene: Path | None) -> bool:
        """Whether this scene file shows the textures."""
        return scene is not None and any(_is_same(scene, Path(other)) for other in self.scenes)

    def is_older_than(self, moment: datetime) -> bool:
        """Whether it was submitted before this moment."""
        return read_time(self.submitted_at) < moment

    def with_scene(self, scene: Path) -> LedgerEntry:
        """The same, shown in one more scene file."""
        return self if self.is_shown_in(scene) else replace(self, scenes=(*self.scenes, str(scene)))

    def with_texture(self, index: int, *, shown: Path, applied: str) -> LedgerEntry:
        """The same, with another state of one texture."""
        textures = list(self.textures)
        textures[index] = LedgerTexture(textures[index].file_name, str(shown), applied)
        return replace(self, textures=tuple(textures))


class Ledger:
    """The entries in one folder of this user. Not for two threads at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entries(self) -> dict[str, LedgerEntry]:
        """All entries by job id. One that cannot be read is left where it is, and logged."""
        return {entry.job_id: entry for entry in self._readable()}

    def keep(self, entry: LedgerEntry) -> None:
        """Write an entry. Raises ShareError."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise share_error(f"{self._folder} cannot be made.", error) from error
        write_atomically(self._path(entry.job_id), entry.to_json())

    def forget(self, job_id: str) -> None:
        """Drop an entry that nobody needs any more. Raises ShareError."""
        with contextlib.suppress(FileNotFoundError):
            try:
                self._path(job_id).unlink()
            except PermissionError as error:
                raise share_error(f"{self._path(job_id)} cannot be removed.", error) from error

    def _readable(self) -> Iterator[LedgerEntry]:
        for path in giving_way(sorted(self._folder.glob(f"*{_SUFFIX}"))):
            try:
                yield LedgerEntry.from_json(path.read_bytes(), source=str(path))
            except (OSError, ContractError) as error:
                log.warning("%s", error)

    def _path(self, job_id: str) -> Path:
        return self._folder / f"{job_id}{_SUFFIX}"


def signature(path: Path) -> str:
    """What tells one content of a file from another without reading it; empty if there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_mtime_ns:x}-{found.st_size:x}"


def _is_same(first: Path, second: Path) -> bool:
    return _folded(first) == _folded(second)


def _folded(path: Path) -> str:
    return os.path.normcase(os.path.abspath(path))  # noqa: PTH100 - `resolve` would ask a share that may hang
