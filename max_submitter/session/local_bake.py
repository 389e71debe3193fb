"""Bake submitted jobs on this machine by `flatiron local`, one after the other. Runs in a thread; touches no scene.

The job folder lies in a private folder of this user. It has a canonical name that no other machine has to know.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flatiron_tasks.contracts.document import encode
from flatiron_tasks.contracts.errors import FlatironError
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.contracts.job_view import JobView
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.share.atomic import share_error
from flatiron_tasks.share.path_mapping import PathMapping, PathRule
from max_submitter.bake_settings import ArtistConfiguration
from max_submitter.jobs.ledger import LedgerEntry
from max_submitter.session.command import Command
from max_submitter.session.command_words import CommandWords
from max_submitter.session.journal import Journal
from max_submitter.session.local_view import LocalView
from max_submitter.taking_back import take_back

CANONICAL_FOLDER: Final = "//localhost/flatiron-local"
"""How `job.desc` names the private folder: a drive letter would be refused, and no other machine ever reads it."""


@dataclass(frozen=True)
class LocalPlace:
    """Where jobs of this machine stand, and how their paths are spelt."""

    folder: Path
    mapping: PathMapping

    @classmethod
    def make(cls, folder: Path, configuration: ArtistConfiguration) -> LocalPlace:
        """Make the folder. Raises ShareError, PathMappingError."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise share_error(f"The private folder {folder} cannot be made.", error) from error
        rules = (*configuration.path_rules, PathRule(CANONICAL_FOLDER, str(folder)))
        return cls(folder, PathMapping(rules))


@dataclass(frozen=True)
class LocalTexture:
    """What became of one texture. Paths are local."""

    planned: Path
    path: Path
    outcome: str


@dataclass(frozen=True)
class LocalListener:
    """Who hears of a bake, in the thread that runs it."""

    progress: Callable[[str, float | None], None]
    view: Callable[[JobView], None]


class LocalBake:
    """One job of this machine. It stands in the journal until it has ended, whatever becomes of this program."""

    def __init__(
        self, entry: LedgerEntry, configuration: ArtistConfiguration, mapping: PathMapping, journal: Journal
    ) -> None:
        """Read the job. Raises ShareError, ContractError, SettingsError."""
        self.job_id, self.job_name = entry.job_id, entry.job_name
        self.scene = Path(entry.scenes[0]) if entry.scenes else None
        self._entry, self._journal = entry, journal
        self._planned = tuple(Path(texture.shown) for texture in entry.textures)
        description = JobFolder(Path(entry.job_folder)).description
        self._job = _read(description)
        self._view = LocalView(self._job, mapping)
        arguments = (*configuration.local_command, "local", str(description), "--json")
        command = arguments if configuration.local_command else ()
        self._command = Command(command, environment=command_environment(configuration))

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._command.is_cancelled

    def view(self) -> JobView:
        """How it stands."""
        return self._view.now()

    def cancel(self) -> bool:
        """Stop it. True if it had not begun: then it never will, and `take_back` is for the caller."""
        return self._command.cancel()

    def take_back(self) -> None:
        """Give back what its placeholders replaced, and remove its job folder. Raises ShareError, OwnershipError."""
        self._journal.withdraw(self.job_id, is_placed=True)
        folder = Path(self._entry.job_folder)
        try:
            take_back(folder.parent, self._job, Path(self._entry.output_folder), remove_placeholders=False)
        except FlatironError as error:
            self._view.fail(error)
            raise
        self._journal.end(self.job_id)
        self._view.end(
            "cancelled",
            "The bake was cancelled; earlier files are back in place. "
            "Placeholders that replaced nothing stay where they are.",
        )

    def run(self, listener: LocalListener) -> tuple[LocalTexture, ...]:
        """Bake. Raises FlatironError as the command says it."""
        words, textures = CommandWords(), []
        if self.is_cancelled:
            return ()  # before its turn, and taken back by whoever did
        self._view.begin()
        listener.view(self._view.now())

        def heard(line: str) -> None:
            message = words.take(line)
            if message is not None and message["kind"] == "texture":
                textures.append(self._texture(message))
            listener.progress(f"{self._job.job_name}: {words.sentence}", words.fraction)
            if message is not None and self._view.take(message):
                listener.view(self._view.now())

        exit_code = self._command.run(heard)
        if exit_code is None:
            return ()  # as above, this very moment
        try:
            self._end(exit_code, words)
        finally:
            listener.view(self._view.now())
        return tuple(textures) if textures or exit_code else self._finished_elsewhere()

    def _end(self, exit_code: int, words: CommandWords) -> None:
        if exit_code == 0:
            self._view.end("done", "All textures are in place.")
            self._journal.end(self.job_id)
        elif self._command.is_cancelled:
            self.take_back()  # the command has done so, if nothing resisted
        else:
            error = words.error(exit_code, f"The bake of {self._job.job_name}")
            self._view.fail(error)
            self._journal.end(self.job_id)
            raise error

    def _finished_elsewhere(self) -> tuple[LocalTexture, ...]:
        """Another process had this job in hand and has delivered it."""
        return tuple(LocalTexture(path, path, "delivered") for path in self._planned)

    def _texture(self, message: Mapping[str, Any]) -> LocalTexture:
        return LocalTexture(self._planned[int(message["index"])], Path(message["path"]), str(message["outcome"]))


@dataclass(frozen=True)
class LocalEnd:
    """How one bake ended: what was delivered, or why not."""

    bake: LocalBake
    textures: tuple[LocalTexture, ...] = ()
    error: FlatironError | None = None
    is_withdrawn: bool = False
    """Whether it was cancelled and could not be taken back."""


def run_all(bakes: Sequence[LocalBake], listener: LocalListener) -> tuple[LocalEnd, ...]:
    """Run bakes one after the other; one that fails keeps no other from being baked and heard of."""
    return tuple(_run(bake, listener) for bake in bakes)


def _run(bake: LocalBake, listener: LocalListener) -> LocalEnd:
    try:
        return LocalEnd(bake, bake.run(listener))
    except FlatironError as error:
        return LocalEnd(bake, error=error, is_withdrawn=bake.is_cancelled)


def command_environment(configuration: ArtistConfiguration) -> dict[str, str]:
    """The environment of a `flatiron` command that sees folders as this program does."""
    rules = json.dumps([encode(item) for item in configuration.path_rules])
    return {**os.environ, **({"FLATIRON_PATH_RULES": rules} if configuration.path_rules else {})}


def _read(description: Path) -> JobDescription:
    try:
        return JobDescription.from_json(description.read_bytes(), source=str(description))
    except OSError as error:
        raise share_error(f"{description} cannot be read.", error) from error
