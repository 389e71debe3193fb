"""How long the oldest message of each queue has been waiting.

Our own messages say when they were sent. Those of artists' machines need not be believed, and messages of older
programs say nothing: of those it is known only since when they have been the oldest ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from flatiron_tasks.pipeline.gauge_book import QueueView


class QueueAges:
    """Remembers between two looks which message was the oldest one."""

    def __init__(self, *, not_believed: str) -> None:
        """`not_believed` begins the names of queues whose messages may say anything."""
        self._not_believed = not_believed
        self._first_seen: dict[str, tuple[str, float]] = {}

    def look(self, queues: Iterable[QueueView], now: float) -> dict[str, float]:
        """Seconds by name of the queue; 0 for one that is empty, and for a sender whose clock is ahead."""
        return {queue.name: self._age(queue, now) if queue.length else 0.0 for queue in queues}

    def _age(self, queue: QueueView, now: float) -> float:
        oldest, since = self._first_seen.get(queue.name, ("", now))
        if oldest != queue.oldest:
            since = now
            self._first_seen[queue.name] = (queue.oldest, now)
        if queue.sent_at is not None and not queue.name.startswith(self._not_believed):
            since = queue.sent_at
        return max(0.0, now - since)
