"""Who asks: the account behind a message is the one whose queue it was taken from; nothing in the message counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flatiron_tasks.contracts.channels import artist_key, front_desk_queue
from flatiron_tasks.contracts.errors import ForbiddenError
from flatiron_tasks.tasks.queues import FRONT_DESK, STAFF_DESK


def account_of(delivery: Mapping[str, object] | None, artists: Sequence[str]) -> str | None:
    """The `artist_key` of the account that sent a message, None for one that may do everything.

    `delivery` is what `true_queue` wrote into it. Raises ForbiddenError for a queue that is nobody's here.
    """
    queue = (delivery or {}).get("routing_key")
    if queue == (STAFF_DESK if artists else FRONT_DESK):
        return None
    for account in map(artist_key, artists):
        if queue == front_desk_queue(account):
            return account
    raise ForbiddenError(
        f"The queue {queue!r:.80} belongs to no account of this studio.",
        advice="Add the artist to `artists` in the settings of the workers.",
    )
