"""Kombu's Redis transport, with what a message says of its own delivery replaced by the truth.

Whoever may write to a queue writes the whole message, also the queue that it claims to come from: a worker that puts
it back would put it there, and nobody could tell whose it is. `_deliver` is no public API of kombu; proven with 5.7.0
and guarded by tests/contract/broker.
"""

from __future__ import annotations

import uuid
from typing import Any

from kombu.transport import redis

from flatiron_tasks.tasks.queues import DELIVER, DISPATCH, FRONT_DESK, MERGE, POLL

PROVEN_WITH = "5.7.0"
_STEPS = frozenset({DELIVER, DISPATCH, MERGE, POLL})


class Transport(redis.Transport):
    """Marks messages of our own queues; Celery's other traffic passes as it is."""

    def _deliver(self, message: Any, queue: str | None) -> None:
        if queue is not None and (queue in _STEPS or queue.startswith(FRONT_DESK)):
            mark(message, queue)
        super()._deliver(message, queue)


def mark(message: Any, queue: str) -> None:
    """Say which queue a message was taken from. Raises some error for a message that is none."""
    encoding = message["properties"].get("body_encoding")
    message["properties"] = {
        "delivery_info": {"exchange": "", "routing_key": queue},
        # A tag that another message has would let one be acknowledged in the place of the other.
        "delivery_tag": uuid.uuid4().hex,
        "priority": 0,
        "body_encoding": encoding,
        "correlation_id": message["properties"].get("correlation_id"),
    }
    if message.get("headers"):
        message["headers"].pop("compression", None)  # kombu would unpack it, however large it becomes, unasked
