"""Names under which messages and events travel through Redis between the artist's machine and the workers."""

from __future__ import annotations

from typing import Final

FRONT_DESK_QUEUE: Final = "flatiron.front-desk"
"""The only queue that an artist's account may write to."""

ACCEPT_TASK: Final = "flatiron.accept"
"""The task behind a submission; its only argument is the job id."""

EVENT_STREAM: Final = "flatiron:events"
"""Key of the Redis stream of events. Clients keep the id of the last entry they read."""

EVENT_FIELD: Final = "event"
"""The one field of an entry: an `Event` as JSON."""
