"""Finish submissions that were interrupted, or that the workers could not be told of: at the start and now and then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.errors import FlatironError
from max_submitter.bake_settings import ArtistConfiguration
from max_submitter.session.background import After, Background
from max_submitter.session.bake import BakeDesk
from max_submitter.session.journal import Journal
from max_submitter.session.leftovers import Send, Settled, Settler

_EVERY_MS: Final = 15_000


class UnsentJobs:
    """Runs `leftovers` in a thread, one round after the other. Main thread only."""

    def __init__(
        self,
        desk: BakeDesk,
        *,
        sessions: Path,
        journal: Journal,
        background: Background,
        after: After,
        send: Callable[[], Send],
        configuration: Callable[[], ArtistConfiguration],
        report: Callable[[str], None],
    ) -> None:
        """`sessions` holds the private folders of all programs, `send` makes what announces a job now."""
        self._desk = desk
        self._sessions = sessions
        self._journal = journal
        self._background = background
        self._after = after
        self._send = send
        self._configuration = configuration
        self._report = report
        self._said: set[str] = set()

    def start(self) -> None:
        """Look at once, then now and then as long as something is left."""
        unsettled, settler = frozenset(self._desk.unsettled), Settler(self._desk.ledger, self._send())

        def work() -> tuple[Settled, ...]:
            own = tuple(settler.settle(self._journal, only=unsettled)) if unsettled else ()
            return (*own, *settler.abandoned(self._sessions, self._journal))

        self._background.run("leftovers", work, self._done, self._failed)

    def _done(self, settled: Sequence[Settled]) -> None:
        for item in settled:
            if item.is_settled:
                self._desk.settled(item.job_id)
            if item.entry is not None:
                self._desk.announced(item.entry)
            self._say(item.sentence)
        unfinished = [item.unfinished for item in settled if item.unfinished is not None]
        self._desk.go_on(unfinished, self._configuration())
        self._again()

    def _failed(self, error: FlatironError) -> None:
        self._say(f"What earlier bakes left behind cannot be looked at. {error}")
        self._again()

    def _say(self, sentence: str) -> None:
        if sentence and sentence not in self._said:
            self._said.add(sentence)
            self._report(sentence)

    def _again(self) -> None:
        self._after(_EVERY_MS, self.start)
