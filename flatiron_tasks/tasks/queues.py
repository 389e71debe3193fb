"""Queues by cost class: a long merge must never stand in front of the sweep; artists may write to one queue only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flatiron_tasks.contracts.channels import STAFF_ACCOUNT, artist_key, front_desk_queue

FRONT_DESK = "flatiron.front-desk"
"""The front desk: its workers know its few tasks and check everything. Stands for the queues of all accounts."""

DISPATCH = "flatiron.dispatch"
"""Talks to farm managers: seconds."""

POLL = "flatiron.poll"
"""The sweep: short, and the safety net of all others."""

MERGE = "flatiron.merge"
"""Verifies and merges passes: processor and share."""

DELIVER = "flatiron.deliver"
"""Composes and delivers textures: processor and share."""

QUEUES = (FRONT_DESK, DISPATCH, POLL, MERGE, DELIVER)

STAFF_DESK = front_desk_queue(STAFF_ACCOUNT)
"""The front desk's queue for technical directors and their dashboards, where artists have accounts."""

BOOKS = ("unacked", "unacked_index", "unacked_mutex")
"""What kombu keeps of messages that were taken and not yet acknowledged."""


def account_book(account: str, book: str) -> str:
    """Key of one of `BOOKS` of an account; never the name of a queue."""
    return f"flatiron-{account}-{book}"


def front_desk_queues(artists: Sequence[str]) -> tuple[str, ...]:
    """The queues that the front desk serves: one per account, or the one for everybody if there are no accounts."""
    if not artists:
        return (FRONT_DESK,)
    return (STAFF_DESK, *dict.fromkeys(front_desk_queue(artist_key(artist)) for artist in artists))


def served_queues(queues: Iterable[str], artists: Sequence[str]) -> tuple[str, ...]:
    """The lists in Redis behind some of `QUEUES`."""
    return tuple(name for queue in queues for name in (front_desk_queues(artists) if queue == FRONT_DESK else (queue,)))
