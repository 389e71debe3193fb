"""What stands in Redis: the sweep's last tick, managers, servers, waiting messages, refusals, jobs that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flatiron_tasks.contracts.channels import ALIVE_KEY
from flatiron_tasks.pipeline.gauge_book import QueueView
from flatiron_tasks.pipeline.job_index import JobRow
from flatiron_tasks.pipeline.manager_health import ManagerHealth
from flatiron_tasks.pipeline.share_probe.health import NodeHealth
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.pipeline.store import JobStore
from flatiron_tasks.tasks.queues import account_book

_MOST_FAILED = 20


@dataclass(frozen=True)
class ManagerRecord:
    """A farm manager that has, or had, jobs; `jobs` is how many of ours the sweep looks after there."""

    address: str
    jobs: int
    health: ManagerHealth


@dataclass(frozen=True)
class RecordFacts:
    """Times are seconds since the epoch by the clock of Redis; `ticks` is whether the clock of the sweeps does.

    `oldest_taken_at` is when the oldest message that no worker has finished was taken; None without one. It knows
    only of workers that share our account, or have none. `refused_at` is the time of the last refusal by reason.
    """

    now: float
    ticks: bool
    managers: tuple[ManagerRecord, ...]
    servers: tuple[NodeHealth, ...]
    queues: tuple[QueueView, ...]
    oldest_taken_at: float | None
    refusals: Mapping[str, int]
    refused_at: Mapping[str, float]
    failed: tuple[JobRow, ...]


def look(client: Any, store: JobStore, queues: Sequence[str], *, account: str) -> RecordFacts:
    """Read all of it. `account` is ours at Redis, empty for none. Raises the errors of redis-py."""
    managers = store.managers()
    page = store.index.page(states=[JobState.FAILED], artist="", farm="", text="", after="", count=_MOST_FAILED)
    return RecordFacts(
        now=store.gauges.now(),
        ticks=bool(client.exists(ALIVE_KEY)),
        managers=tuple(ManagerRecord(item, len(store.jobs_at(item)), store.sweeps.health(item)) for item in managers),
        servers=tuple(health for manager in managers for health in store.probes.all_healths(manager)),
        queues=tuple(store.gauges.queues(queues)),
        oldest_taken_at=_oldest_taken_at(client, _book(account)),
        refusals=store.artists.refusals(),
        refused_at=store.artists.refused_at(),
        failed=page.rows,
    )


def _book(account: str) -> str:
    """Where programs of an account note what they take; no account sees another's."""
    return account_book(account, "unacked_index") if account not in ("", "default") else "unacked_index"


def _oldest_taken_at(client: Any, book: str) -> float | None:
    """Kombu's index of a book holds the times at which messages were taken, by the clock of who took them."""
    first = client.zrange(book, 0, 0, withscores=True)
    return float(first[0][1]) if first else None
