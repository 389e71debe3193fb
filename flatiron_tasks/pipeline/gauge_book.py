"""How much lies where at this moment: passes by state, messages in queues. Reads Redis only, for metrics.

Queues are lists that belong to Celery's transport; the oldest message is at the end. Whoever may write to a queue may
write anything, so nothing here believes a message.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import redis

from flatiron_tasks.pipeline.states import WORKING, JobState, PassState

SENT_AT = "flatiron_sent_at"
"""Header of a message: when it was sent, in seconds since the epoch by the clock of its sender."""

_UNDER_WAY = (JobState.SUBMITTED, *WORKING)
_PASS_STATES = frozenset(PassState)
_JOBS_AT_ONCE = 50
"""Redis does nothing else while it counts: some milliseconds for so many jobs."""


@dataclass(frozen=True)
class QueueView:
    """One queue. `oldest` is the id of its oldest message, `sent_at` what that says of itself; empty if unknown."""

    name: str
    length: int
    oldest: str = ""
    sent_at: float | None = None


class GaugeBook:
    """What can be counted now."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._redis = client
        self._prefix = prefix

    def now(self) -> float:
        """Seconds since the epoch by the clock of Redis."""
        seconds, microseconds = self._redis.time()
        return float(seconds) + float(microseconds) / 1e6

    def passes(self) -> dict[PassState, int]:
        """Passes of all jobs that are under way, by state."""
        found = dict.fromkeys(PassState, 0)
        count = self._redis.register_script(_count_passes())
        for jobs in _chunks(self._under_way()):
            for state, number in json.loads(count(keys=[self._prefix], args=jobs)).items():
                if state in found:  # a newer version may know more
                    found[PassState(state)] += number
        return found

    def queues(self, names: Sequence[str]) -> list[QueueView]:
        """Length and oldest message of these queues."""
        pipe = self._redis.pipeline(transaction=False)
        for name in names:
            pipe.llen(name).lindex(name, -1)
        answers = iter(pipe.execute())
        return [_view(name, length, message) for name, length, message in zip(names, answers, answers, strict=False)]

    def unacknowledged(self, books: Sequence[str]) -> int | None:
        """Messages that workers have taken and not finished, by the hashes in which they note that.

        None if our account may not see one of them: a part of the number would look like all of it.
        """
        try:
            return sum(int(self._redis.hlen(book)) for book in books)
        except redis.exceptions.NoPermissionError:
            return None

    def _under_way(self) -> Iterator[str]:
        for state in _UNDER_WAY:
            yield from self._redis.zrange(f"{self._prefix}:state:{state}", 0, -1)


def _chunks(jobs: Iterable[str]) -> Iterator[tuple[str, ...]]:
    chunk: list[str] = []
    for job_id in jobs:
        chunk.append(job_id)
        if len(chunk) == _JOBS_AT_ONCE:
            yield tuple(chunk)
            chunk = []
    yield tuple(chunk)


@cache
def _count_passes() -> str:
    return (resources.files("flatiron_tasks.pipeline") / "lua" / "count_passes.lua").read_text("utf-8")


def _view(name: str, length: int, message: str | None) -> QueueView:
    try:
        headers = json.loads(message or "")["headers"]
        oldest, sent_at = str(headers["id"]), headers.get(SENT_AT)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return QueueView(name, length, oldest=(message or "")[:200])
    is_time = isinstance(sent_at, int | float) and not isinstance(sent_at, bool) and math.isfinite(sent_at)
    return QueueView(name, length, oldest, float(sent_at) if is_time else None)
