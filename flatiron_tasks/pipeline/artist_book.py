"""What artists' machines are told besides events: sentences, views of their jobs, and that messages were refused.

`dirty` jobs are those whose published view lacks a change; the scripts of the record mark them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flatiron_tasks.contracts.channels import artist_views
from flatiron_tasks.pipeline.record import JobRecord

Run = Callable[..., Any]
"""Runs a script of `lua/`: its name, what it is about, its arguments."""


class ArtistBook:
    """The Redis keys that only artists' machines read, and what says that they are out of date."""

    def __init__(self, client: Any, prefix: str, run: Run) -> None:
        self._redis = client
        self._prefix = prefix
        self._run = run

    def say(self, job_id: str, sentence: str) -> bool:
        """Tell a sentence about a job as an event that changes nothing. False if there is no such job."""
        return bool(self._run("say", job_id, sentence))

    def dirty(self, now: float, limit: int) -> list[str]:
        """Jobs whose view must be published, the longest waiting first."""
        return list(self._redis.zrangebyscore(f"{self._prefix}:dirty", "-inf", now, start=0, num=limit))

    def publish(self, record: JobRecord, view: str) -> bool:
        """Publish the view of a record as it was read. Whether nothing has changed since."""
        return bool(self._run("publish", record.job_id, str(record.touches), artist_views(record.artist), view))

    def postpone(self, job_id: str, at: float) -> None:
        """Leave a dirty job alone until `at`."""
        self._redis.zadd(f"{self._prefix}:dirty", {job_id: at}, xx=True)

    def forget(self, job_id: str) -> None:
        """Publish nothing of a job that has no record."""
        self._redis.zrem(f"{self._prefix}:dirty", job_id)

    def refuse(self, job_id: str, why: str) -> None:
        """Note, for a day, why the front desk refused a job, so that its submitter can be told."""
        self._redis.set(f"{self._prefix}:refused:{job_id}", why, ex=86_400)

    def refusal(self, job_id: str) -> str:
        """Why the front desk refused a job; empty if it did not."""
        return self._redis.get(f"{self._prefix}:refused:{job_id}") or ""

    def count_refusal(self, reason: str) -> None:
        """Count that the front desk has refused a message, and note when."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.hincrby(f"{self._prefix}:refusals", reason, 1)
        pipe.hset(f"{self._prefix}:refused-at", reason, str(self._redis.time()[0]))
        pipe.execute()

    def refusals(self) -> dict[str, int]:
        """How often the front desk has refused messages, by reason."""
        return {reason: int(number) for reason, number in self._redis.hgetall(f"{self._prefix}:refusals").items()}

    def refused_at(self) -> dict[str, float]:
        """When the front desk refused a message last, in seconds since the epoch by the clock of Redis, by reason."""
        return {reason: float(at) for reason, at in self._redis.hgetall(f"{self._prefix}:refused-at").items()}
