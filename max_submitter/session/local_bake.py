"""Bake submitted jobs on this machine by `flatiron local`, one after the other. Runs in a thread; touches no scene.

The job folder lies in a private folder of this user. It has a canonical name that no other machine has to know.
"""

from __future__ import annotations

import contextlib
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
from flatiron_tasks.share.atomic import share_error
from flatiron_tasks.share.path_mapping import PathMapping, PathRule
from max_submitter.bake_settings import ArtistConfiguration
from max_submitter.session.command import Command
from max_submitter.session.command_words import CommandWords
from max_submitter.session.local_view import LocalView
from max_submitter.submission import Submitted

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
    """One job of this machine."""

    def __init__(self, submitted: Submitted, configuration: ArtistConfiguration, mapping: PathMapping) -> None:
        """Read the job. Raises ShareError, ContractError, SettingsError."""
        self.job_id = submitted.job_id
        self._planned = submitted.placeholders
        self._job = _read(submitted.description_path)
        self._view = LocalView(self._job, mapping)
        arguments = (*configuration.local_command, "local", str(submitted.description_path), "--json")
        command = arguments if configuration.local_command else ()
        self._command = Command(command, environment=command_environment(configuration))

    def cancel(self) -> None:
        """Stop it; what it made is taken back by the command."""
        self._command.cancel()

    def run(self, listener: LocalListener) -> tuple[LocalTexture, ...]:
        """Bake. Raises FlatironError as the command says it."""
        words, textures = CommandWords(), []
        listener.view(self._view.now())

        def heard(line: str) -> None:
            message = words.take(line)
            if message is not None and message["kind"] == "texture":
                textures.append(self._texture(message))
            listener.progress(f"{self._job.job_name}: {words.sentence}", words.fraction)
            if message is not None and self._view.take(message):
                listener.view(self._view.now())

        exit_code = self._command.run(heard)
        try:
            self._end(exit_code, words)
        finally:
            listener.view(self._view.now())
        return tuple(textures)

    def _end(self, exit_code: int, words: CommandWords) -> None:
        if exit_code == 0:
            self._view.end("done", "All textures are in place.")
        elif self._command.is_cancelled:
            self._view.end("cancelled", "The bake was cancelled; earlier files are back in place.")
        else:
            error = words.error(exit_code, f"The bake of {self._job.job_name}")
            self._view.fail(error)
            raise error

    def _texture(self, message: Mapping[str, Any]) -> LocalTexture:
        return LocalTexture(self._planned[int(message["index"])], Path(message["path"]), str(message["outcome"]))


def run_all(bakes: Sequence[LocalBake], listener: LocalListener) -> tuple[LocalTexture, ...]:
    """Run bakes one after the other; the first error is raised when all have run."""
    textures: list[LocalTexture] = []
    errors: list[FlatironError] = []
    for bake in bakes:
        try:
            textures.extend(bake.run(listener))
        except FlatironError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return tuple(textures)


def command_environment(configuration: ArtistConfiguration) -> dict[str, str]:
    """The environment of a `flatiron` command that sees folders as this program does."""
    rules = json.dumps([encode(item) for item in configuration.path_rules])
    return {**os.environ, **({"FLATIRON_PATH_RULES": rules} if configuration.path_rules else {})}


def _read(description: Path) -> JobDescription:
    try:
        return JobDescription.from_json(description.read_bytes(), source=str(description))
    except OSError as error:
        raise share_error(f"{description} cannot be read.", error) from error


def stop_all(bakes: Sequence[LocalBake]) -> None:
    """Cancel every bake; one that has ended is left alone."""
    for bake in bakes:
        with contextlib.suppress(OSError):
            bake.cancel()
