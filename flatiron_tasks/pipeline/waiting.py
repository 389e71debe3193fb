"""One sentence on what a job waits for at this moment, with the seconds in it: made when asked, never stored."""

from __future__ import annotations

from flatiron_tasks.pipeline.fate import Fate
from flatiron_tasks.pipeline.manager_health import ManagerHealth
from flatiron_tasks.pipeline.next_steps import is_put_off, steps_on_share
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.sighting import Sighting
from flatiron_tasks.pipeline.states import WORKING, JobState

OVERDUE_S = 120.0
"""By so much a look may miss its time; after it, a person had better know that perhaps nobody looks at all."""


def waiting(record: JobRecord, health: ManagerHealth, next_look: float | None, now: float) -> str:
    """What the job waits for; empty if not for the farm. `next_look` is when it is looked after at the earliest."""
    if health.failing_since and record.state in (JobState.SUBMITTED, JobState.RENDERING, JobState.CANCELLING):
        return f"Next try {_when(health.next_sweep - now)}."
    if is_put_off(record, now):
        return f"Next attempt {_when(record.dispatch_after - now)}."
    if record.share_after and record.state in WORKING and steps_on_share(record):
        return f"Next try {_when(record.share_after - now)}."
    if record.state is not JobState.RENDERING or next_look is None:
        return ""
    look = _look(max(next_look, health.next_sweep) - now)
    if record.sighting is not None and record.sighting.fate == Fate.RUNNING:
        return f"{running(record.sighting, now)}; {look}"
    return look[0].upper() + look[1:]


def outage(health: ManagerHealth, now: float) -> str:
    """That a farm manager does not answer, since when, and when it is tried again."""
    return f"{health.trouble_sentence} Next try {_when(health.next_sweep - now)}."


def running(seen: Sighting, now: float) -> str:
    """How much is left, where, and for how long nothing has moved: `2 pieces left on node-2, running 6 s`."""
    names = seen.active if len(seen.active) <= 3 else (*seen.active[:2], f"{len(seen.active) - 2} more nodes")
    where = f" on {', '.join(names)}" if names else ""
    pieces = f"{seen.pieces_left} piece" if seen.pieces_left == 1 else f"{seen.pieces_left} pieces"
    return f"{pieces} left{where}, running {span(now - seen.moved_at)}"


def span(seconds: float) -> str:
    """A time span in one unit: 12 s, 5 min, 3 h."""
    seconds = max(0.0, seconds)
    if seconds < 100:
        return f"{round(seconds)} s"
    return f"{round(seconds / 60)} min" if seconds < 6000 else f"{round(seconds / 3600)} h"


def _look(seconds: float) -> str:
    if seconds < -OVERDUE_S:
        return f"next look overdue by {span(-seconds)}: `flatiron doctor` tells whether sweep and workers run."
    return f"next look {_when(seconds)}."


def _when(seconds: float) -> str:
    return f"in {span(seconds)}" if seconds >= 0.5 else "now"
