"""What an administrator decides for all jobs: chances for failed servers, and what becomes of complete jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flatiron_tasks.backburner import assumptions
from workers.farm.jobs import Job, OnCompletion

_DAY_S: Final = 86_400.0


@dataclass(frozen=True)
class QueuePolicy:
    """`on_completion` and its `completion_days` are for jobs that do not say it themselves."""

    retry_count: int = assumptions.RETRY_COUNT
    retry_interval_s: float = assumptions.RETRY_INTERVAL_S
    on_completion: OnCompletion = OnCompletion.ARCHIVE
    completion_days: float = 0.0

    def fate(self, job: Job, now: float) -> OnCompletion:
        """What becomes of the job now: archived, deleted, or (LEAVE) nothing yet or ever."""
        wish = job.spec.on_completion
        fate = self.on_completion if wish is OnCompletion.DEFAULT else wish
        days = job.spec.completion_days or self.completion_days
        is_due = job.ended and now >= job.ended + days * _DAY_S
        return fate if is_due else OnCompletion.LEAVE
