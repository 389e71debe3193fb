"""Which records are old enough to be forgotten, and forgetting them, in Redis. Decides nothing; `expiry` does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flatiron_tasks.contracts.channels import artist_views
from flatiron_tasks.contracts.identity import utc_text
from flatiron_tasks.pipeline.artist_book import Run
from flatiron_tasks.pipeline.states import JobState


@dataclass(frozen=True)
class OldJob:
    """A job that has been in its state for long. `artist` is empty if nobody knows."""

    job_id: str
    state: JobState
    artist: str


class ExpiryBook:
    """The oldest jobs of each state."""

    def __init__(self, client: Any, prefix: str, run: Run) -> None:
        self._redis = client
        self._prefix = prefix
        self._run = run

    def oldest(self, state: JobState, before: datetime, limit: int) -> list[OldJob]:
        """Up to `limit` jobs that came into this state before a moment, behind those that were skipped last time."""
        begin = int(self._redis.hget(self._places, state) or 0)
        key = f"{self._prefix}:state:{state}"
        ids = self._redis.zrangebyscore(key, "-inf", before.timestamp(), start=begin, num=limit)
        pipe = self._redis.pipeline(transaction=False)
        for job_id in ids:
            pipe.hget(f"{self._prefix}:job:{job_id}", "artist")
        return [OldJob(job_id, state, artist or "") for job_id, artist in zip(ids, pipe.execute(), strict=True)]

    def skip(self, state: JobState, number: int) -> None:
        """Begin behind so many more jobs next time, which cannot be forgotten yet: they hold up no others."""
        self._redis.hincrby(self._places, state, number)

    def begin_again(self, state: JobState) -> None:
        """Begin with the oldest job next time."""
        self._redis.hdel(self._places, state)

    def forget(self, job: OldJob, before: datetime) -> bool:
        """Remove all that is kept of a job, if it still is what it was. Whether it was removed."""
        texts = (str(before.timestamp()), utc_text(before), artist_views(job.artist))
        return bool(self._run("forget", job.job_id, job.state, *texts))

    def forget_manager(self, manager: str, before: datetime) -> bool:
        """Remove all that is kept of a farm manager that has had nothing to do since then. Whether it was removed."""
        return bool(self._run("forget_manager", manager, str(before.timestamp())))

    @property
    def _places(self) -> str:
        return f"{self._prefix}:expiry"
