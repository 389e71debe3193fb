"""Job states and the one table of allowed changes. Pure: who changes states, and when, is `settle` and `store`."""

from __future__ import annotations

from enum import StrEnum

from flatiron_tasks.contracts.errors import StateError


class JobState(StrEnum):
    """Where a bake job stands. Cleaning is not a state: a finished bake is finished even if a temp file resists."""

    SUBMITTED = "submitted"
    RENDERING = "rendering"
    MERGING = "merging"
    DELIVERING = "delivering"
    DONE = "done"
    READY_TO_COLLECT = "ready_to_collect"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FAILED = "failed"


class PassState(StrEnum):
    """Where a pass stands; "being merged" is not stored, it is a lease."""

    WAITING = "waiting"
    RENDERED = "rendered"
    MERGED = "merged"
    FAILED = "failed"


class TextureState(StrEnum):
    """Where a texture stands; "being composed" is not stored, it is a lease."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    BESIDE = "beside"
    COLLECTABLE = "collectable"
    FAILED = "failed"


_S = JobState
_ABORTS = (_S.FAILED, _S.CANCELLING)
# Backwards only by a re-queue: failed passes of a job that goes on are rendered again, those of a failed one afresh.
TRANSITIONS: dict[JobState, tuple[JobState, ...]] = {
    _S.SUBMITTED: (_S.RENDERING, *_ABORTS),
    _S.RENDERING: (_S.MERGING, *_ABORTS),
    _S.MERGING: (_S.DELIVERING, _S.RENDERING, *_ABORTS),
    _S.DELIVERING: (_S.DONE, _S.READY_TO_COLLECT, _S.RENDERING, *_ABORTS),
    _S.READY_TO_COLLECT: (_S.DONE, _S.SUBMITTED, *_ABORTS),
    _S.FAILED: (_S.SUBMITTED, _S.CANCELLING),
    _S.CANCELLING: (_S.CANCELLED,),
    _S.DONE: (),
    _S.CANCELLED: (),
}
ACTIVE = (_S.SUBMITTED, _S.RENDERING, _S.MERGING, _S.DELIVERING, _S.CANCELLING)
"""States in which the pipeline itself has something to do."""

WORKING = (_S.RENDERING, _S.MERGING, _S.DELIVERING)
"""States in which pieces are awaited, merged or composed."""

ENDED = (_S.DONE, _S.CANCELLED)
"""States that nothing leaves."""

NOTICED = (_S.DONE, _S.READY_TO_COLLECT, _S.FAILED, _S.CANCELLED)
"""States that people want to be told of: the pipeline itself will do nothing more."""


def check_transition(job_id: str, old: JobState, new: JobState) -> None:
    """Raise StateError for a change that the table does not allow."""
    if new not in TRANSITIONS[old]:
        allowed = ", ".join(TRANSITIONS[old]) or "nothing"
        raise StateError(f"Job {job_id} is {old} and cannot become {new}.", why=f"From {old} it can become {allowed}.")
