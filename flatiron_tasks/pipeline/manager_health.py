"""How a farm manager answers, and when it is asked next. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flatiron_tasks.contracts.errors import FarmError

QUIET_SHARE = 0.1
"""The pause between two looks, as a share of the time for which nothing has moved."""

RECOVERY_S = 60.0
"""How long a manager that came back may take to list all its jobs again."""

RESTARTS_APART_S = 600.0
"""A manager that ends every idle connection must not look as if it came back all the time."""

_MOST_SILENT = 50


@dataclass(frozen=True)
class ManagerHealth:
    """Times are seconds since the epoch, 0 for never.

    `failing_since` is 0 while it answers; `answering_since` is when an outage ended last; `emptied_at` is when all our
    jobs left its queue at once; `moved_at` is when anything of ours moved last; `trouble` is what went wrong,
    `trouble_sentence` the same for people. `silent` names jobs about which it gave no answer though it listed them, the
    one asked longest ago first.
    """

    answered_at: float = 0.0
    answering_since: float = 0.0
    emptied_at: float = 0.0
    failing_since: float = 0.0
    failures: int = 0
    trouble: str = ""
    trouble_sentence: str = ""
    moved_at: float = 0.0
    next_sweep: float = 0.0
    silent: str = ""

    @property
    def silent_jobs(self) -> tuple[str, ...]:
        """Ids of the jobs in `silent`."""
        return tuple(self.silent.split())

    def is_recovering(self, now: float) -> bool:
        """Whether it has come back so recently, or comes back now, that it may not know all its jobs yet."""
        return bool(self.failing_since) or now - self.answering_since < RECOVERY_S

    def may_have_lost_queue(self, now: float) -> bool:
        """Whether a job that it does not list any more may have been lost, rather than deleted by a person."""
        return self.is_recovering(now) or now - self.emptied_at < RECOVERY_S

    def wait(self, now: float, shortest: float, longest: float) -> float:
        """Seconds until it should be asked again: soon while things move, later and later while it does not answer."""
        if self.failures:
            return min(max(longest, shortest), shortest * 2.0 ** min(self.failures - 1, 30))
        return pause(now - self.moved_at, shortest, longest)


def pause(quiet: float, shortest: float, longest: float) -> float:
    """How long to wait with the next look at something that has not moved for `quiet` seconds."""
    return min(max(quiet * QUIET_SHARE, shortest), max(longest, shortest))


def answered(health: ManagerHealth, now: float) -> ManagerHealth:
    """The health after an answer."""
    since = now if health.failing_since else health.answering_since
    return replace(
        health, answered_at=now, answering_since=since, failing_since=0, failures=0, trouble="", trouble_sentence=""
    )


def reconnected(health: ManagerHealth, now: float) -> ManagerHealth:
    """The health after an answer over a new connection because the one before was lost: it may have been restarted."""
    is_likely = now - health.answering_since >= RESTARTS_APART_S
    return replace(health, answering_since=now) if is_likely else health


def listed(health: ManagerHealth, before: Collection[str], after: Collection[str], now: float) -> ManagerHealth:
    """The health after a list of our jobs: nobody deletes all of them at once, if there were several."""
    is_emptied = len(before) > 1 and set(before).isdisjoint(after)
    return replace(health, emptied_at=now) if is_emptied else health


def unheard(health: ManagerHealth, job_id: str) -> ManagerHealth:
    """The health after a question about one job that was not answered though the manager had listed its jobs."""
    others = [item for item in health.silent_jobs if item != job_id]
    return replace(health, silent=" ".join([*others, job_id][-_MOST_SILENT:]))


def heard(health: ManagerHealth, *job_ids: str) -> ManagerHealth:
    """The health after an answer about these jobs, or when they are gone."""
    return replace(health, silent=" ".join(item for item in health.silent_jobs if item not in job_ids))


def failed(health: ManagerHealth, manager: str, error: FarmError, now: float) -> ManagerHealth:
    """The health after a question without an answer."""
    since = health.failing_since or now
    return replace(
        health,
        failing_since=since,
        failures=health.failures + 1,
        trouble=error.reason,
        trouble_sentence=f"The farm manager {manager} has not answered since {clock_time(since)}.",
    )


def clock_time(seconds: float) -> str:
    """A moment as people read it: the time of day, in UTC because workers and readers may live apart."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S UTC")
