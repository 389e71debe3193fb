"""Names under which messages, events and views travel through Redis between artists' machines and the workers."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

FRONT_DESK_QUEUE: Final = "flatiron.front-desk"
"""The only queue that an artist's account may write to."""

ACCEPT_TASK: Final = "flatiron.accept"
"""The task behind a submission; its only argument is the job id."""

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
