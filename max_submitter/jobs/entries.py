"""The ledger as the main thread knows it: read once by the desk's thread, written there at every change."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flatiron_tasks.contracts.job_view import JobView
from max_submitter.giving_way import giving_way
from max_submitter.jobs.hands import Worker
from max_submitter.jobs.ledger import Ledger, LedgerEntry


class KnownEntries:
    """Entries by job id. Main thread only."""

    def __init__(self, ledger: Ledger, desk: Worker, announce: Callable[[LedgerEntry], JobView]) -> None:
        """`announce` makes what is shown of a job that no worker has taken yet; any thread calls it."""
        self._ledger = ledger
        self._desk = desk
        self._announce = announce
        self._announced: dict[str, tuple[LedgerEntry, JobView]] = {}
        self._entries: dict[str, LedgerEntry] = {}

    def load(self, tell: Callable[[Callable[[], None]], None], loaded: Callable[[], None]) -> None:
        """Read the folder; then call `loaded`. `tell` runs something on the main thread."""

        def read() -> None:
            found = self._ledger.entries()
            announced = {entry.job_id: (entry, self._announce(entry)) for entry in giving_way(found.values())}
            tell(partial(self._take, found, announced, loaded))

        self._desk.do("Reading the jobs of this machine", read)

    def get(self, job_id: str) -> LedgerEntry | None:
        """The entry of a job of this machine; None for others."""
        return self._entries.get(job_id)

    def all(self) -> tuple[LedgerEntry, ...]:
        """All entries."""
        return tuple(self._entries.values())

    def announced(self, entry: LedgerEntry) -> JobView:
        """What is shown of its job until a worker has taken it."""
        known = self._announced.get(entry.job_id)
        if known is None or known[0] != entry:
            known = self._announced[entry.job_id] = (entry, self._announce(entry))
        return known[1]

    def keep(self, entry: LedgerEntry) -> None:
        """Know an entry as it is now, and write it if it is new."""
        if self._entries.get(entry.job_id) != entry:
            self._entries[entry.job_id] = entry
            self._desk.do(f"Remembering job {entry.job_id}", partial(self._ledger.keep, entry), replaces=True)

    def forget(self, job_id: str) -> None:
        """Drop an entry."""
        del self._entries[job_id]
        self._announced.pop(job_id, None)
        self._desk.do(f"Forgetting job {job_id}", partial(self._ledger.forget, job_id))

    def _take(
        self,
        found: dict[str, LedgerEntry],
        announced: dict[str, tuple[LedgerEntry, JobView]],
        loaded: Callable[[], None],
    ) -> None:
        self._entries = {**found, **self._entries}  # what was submitted meanwhile is newer
        self._announced = {**announced, **self._announced}
        loaded()
