"""Manual Merge from the panel: `flatiron merge` in a process of its own, told as progress. Merges nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flatiron_tasks.contracts.errors import FlatironError
from max_submitter.bake_settings import ArtistConfiguration
from max_submitter.session.background import Background
from max_submitter.session.command import Command
from max_submitter.session.command_words import CommandWords
from max_submitter.session.local_bake import command_environment
from max_submitter.session.port import BakeProgress


class HandMerge:
    """One merge at a time."""

    def __init__(self, background: Background, changed: Callable[[], None]) -> None:
        self._background = background
        self._changed = changed
        self._progress: BakeProgress | None = None

    @property
    def progress(self) -> BakeProgress | None:
        """How far it has come, or how it ended; None before the first."""
        return self._progress

    @property
    def is_running(self) -> bool:
        """Whether a merge is under way."""
        return self._progress is not None and self._progress.is_running

    def start(self, description: Path, configuration: ArtistConfiguration) -> None:
        """Merge; a second one before the first has ended does nothing."""
        if self.is_running:
            return
        try:
            prefix = configuration.local_command
            command = Command(
                (*prefix, "merge", str(description)) if prefix else (), environment=command_environment(configuration)
            )
        except FlatironError as error:
            self._fail(error)
            return
        self._tell("Merging …", None)
        self._background.run("merge by hand", lambda: self._run(command), self._done, self._fail)

    def forget(self) -> None:
        """Drop what is said about a merge that has ended."""
        if not self.is_running:
            self._progress = None

    def _run(self, command: Command) -> CommandWords:
        words = CommandWords()

        def heard(line: str) -> None:
            words.take(line)
            sentence, fraction = words.sentence, words.fraction
            self._background.tell(lambda: self._tell(sentence, fraction))

        exit_code = command.run(heard)
        if exit_code:  # nobody can cancel it, so it was started
            raise words.error(exit_code, "`flatiron merge`")
        return words

    def _done(self, words: CommandWords) -> None:
        self._set(BakeProgress("\n".join(words.lines), 1.0, is_running=False))

    def _fail(self, error: FlatironError) -> None:
        self._set(BakeProgress("", None, is_running=False, error=str(error)))

    def _tell(self, sentence: str, fraction: float | None) -> None:
        self._set(BakeProgress(sentence, fraction, is_running=True))

    def _set(self, progress: BakeProgress) -> None:
        self._progress = progress
        self._changed()
