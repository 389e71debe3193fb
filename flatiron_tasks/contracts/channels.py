"""Names under which messages, events and views travel through Redis between artists' machines and the workers."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

FRONT_DESK_QUEUE: Final = "flatiron.front-desk"
"""The only queue that an artist's account may write to."""

ACCEPT_TASK: Final = "flatiron.accept"
"""The task behind a submission; its only argument is the job id."""

REQUEUE_TASK: Final = "flatiron.requeue"
RERENDER_TASK: Final = "flatiron.rerender"
CANCEL_JOB_TASK: Final = "flatiron.cancel_job"
SUSPEND_TASK: Final = "flatiron.suspend"
GO_ON_TASK: Final = "flatiron.go_on"
SET_PRIORITY_TASK: Final = "flatiron.set_priority"
COLLECTED_TASK: Final = "flatiron.collected"

REQUEST_TASKS: Final = (
    REQUEUE_TASK,
    RERENDER_TASK,
    CANCEL_JOB_TASK,
    SUSPEND_TASK,
    GO_ON_TASK,
    SET_PRIORITY_TASK,
    COLLECTED_TASK,
)
"""What an artist may ask of a job that the workers know; `contracts.requests` says with which arguments."""

EVENT_STREAM: Final = "flatiron:events"
"""Key of the Redis stream of all events. Clients keep the id of the last entry they read."""

EVENT_FIELD: Final = "event"
"""The one field of an entry: an `Event` as JSON."""


def artist_key(artist: str) -> str:
    """The spelling of an artist's account inside a key: one account, one spelling, no special character.

    Windows accounts differ in case only by accident; `%`, `:`, `*` and spaces would mean something in keys and rules.
    """
    return quote(artist.strip().lower(), safe="").replace("~", "%7E").replace("*", "%2A") or "unknown"


def artist_events(artist: str) -> str:
    """Key of the stream of the events of an artist's jobs; the same entries as in `EVENT_STREAM`."""
    return f"{EVENT_STREAM}:{artist_key(artist)}"


def artist_views(artist: str) -> str:
    """Key of the hash of an artist's jobs: job id -> `JobView` as JSON."""
    return f"flatiron:views:{artist_key(artist)}"
