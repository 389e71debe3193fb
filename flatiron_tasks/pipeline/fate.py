"""What the farm's word means for passes that still have no pieces. Pure: (farm's view, time) to a verdict.

The farm's word never makes a piece good and never makes one bad: it only tells whether waiting still makes sense.
"""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.pipeline.farm_port import FarmJobDetail, FarmJobState, FarmJobView


@dataclass(frozen=True)
class Verdict:
    """`note` is what people read while the job waits; `over` is why no piece will come any more, or empty."""

    note: str = ""
    over: str = ""


@dataclass(frozen=True)
class Waiting:
    """What is known when pieces are missing. `view` is None if the farm does not list the job.

    `quiet_seconds` is how long the farm has said "over" while pieces were missing, 0 if it says so for the first time:
    the listing may be older than the job's arrival at the farm, and a share may show new files late. Nothing is given
    up at first sight, nor before `patience_seconds`.
    """

    manager: str
    view: FarmJobView | None
    detail: FarmJobDetail | None
    quiet_seconds: float
    patience_seconds: float


def says_over(view: FarmJobView | None) -> bool:
    """Whether the farm says that it will not work on the job any more."""
    return view is None or view.state is FarmJobState.COMPLETE


def verdict(waiting: Waiting) -> Verdict:
    """Judge a job whose pieces are not complete."""
    if says_over(waiting.view):
        return _over(waiting)
    detail = waiting.detail
    if detail is not None and detail.servers and set(detail.failed_servers) >= set(detail.servers):
        said = f" The farm says: {detail.messages[-1]}" if detail.messages else ""
        return Verdict(over=f"Every server of the farm has failed on this job and gave it up.{said}")
    if waiting.view is not None and waiting.view.state is FarmJobState.SUSPENDED:
        return Verdict(note=f"The job is suspended on the farm {waiting.manager}; activate it in its monitor.")
    if waiting.view is not None and waiting.view.state is FarmJobState.WAITING:
        return Verdict(note=f"It is in the queue of the farm {waiting.manager}; no server works on it now.")
    return Verdict()


def _over(waiting: Waiting) -> Verdict:
    what = "does not know the job any more" if waiting.view is None else "says the job is complete"
    if not waiting.quiet_seconds or waiting.quiet_seconds < waiting.patience_seconds:
        return Verdict(note=f"The farm {waiting.manager} {what}; waiting for the last pieces to show on the share.")
    return Verdict(over=f"The farm {waiting.manager} {what}, but pieces are missing")
