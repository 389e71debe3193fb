"""Names under which messages, events and views travel through Redis between artists' machines and the workers."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, unquote, urlsplit

FRONT_DESK_QUEUE: Final = "flatiron.front-desk"
"""The queue of a studio without accounts, where everybody may do everything. See `front_desk_queue`."""

STAFF_ACCOUNT: Final = "td"
"""The account of the studio's technical directors: what comes by its queue may be about anybody's job."""

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

ALIVE_KEY: Final = "flatiron:alive"
"""There as long as the workers' clock ticks: it expires a while after the last tick."""


def artist_key(artist: str) -> str:
    """The spelling of an artist's account inside a key: one account, one spelling, no special character.

    Windows accounts differ in case only by accident; `%`, `:`, `*` and spaces would mean something in keys and rules.
    """
    return quote(artist.strip().lower(), safe="").replace("~", "%7E").replace("*", "%2A") or "unknown"


def front_desk_queue(account: str) -> str:
    """The only queue that an account may write to; "" and "default" are the names of no account.

    A message cannot prove who sent it. The queue that it was taken from can: Redis lets nobody else write there.
    """
    return FRONT_DESK_QUEUE if account in ("", "default") else f"{FRONT_DESK_QUEUE}.{account}"


def account_of_url(redis_url: str) -> str:
    """The account in an address of Redis as Redis spells it, `artist_key` of an artist; empty for none."""
    return unquote(urlsplit(redis_url).username or "")


def artist_events(artist: str) -> str:
    """Key of the stream of the events of an artist's jobs; the same entries as in `EVENT_STREAM`."""
    return f"{EVENT_STREAM}:{artist_key(artist)}"


def artist_views(artist: str) -> str:
    """Key of the hash of an artist's jobs: job id -> `JobView` as JSON."""
    return f"flatiron:views:{artist_key(artist)}"
