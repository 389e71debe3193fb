"""Kombu's Redis transport: what a message says of its own delivery is replaced by the truth, what is none is dropped.

Whoever may write to a queue writes the whole message, also the queue that it claims to come from: a worker that puts
it back would put it there, and nobody could tell whose it is. `_deliver` is no public API of kombu; proven with 5.7.0
and guarded by tests/contract/broker.

An entry that cannot be read has left its queue when that turns out. Kombu would connect anew, which takes seconds in
which nobody is served; here it is as if the entry had never been there, and whoever wants to hears of it.

A channel whose connection is closed has lost its connection, and says so; kombu's own raises an AttributeError, which
ends the worker that closes it.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

import redis.exceptions
from kombu.transport import redis as kombu_redis
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads

from flatiron_tasks.tasks.queues import DELIVER, DISPATCH, FRONT_DESK, MERGE, POLL

PROVEN_WITH = "5.7.0"
_STEPS = frozenset({DELIVER, DISPATCH, MERGE, POLL})
log = logging.getLogger(__name__)


class Channel(kombu_redis.Channel):
    """Takes entries that are messages; to kombu all others look like an answer without an entry."""

    def _connparams(self, asynchronous: bool = False) -> Any:
        """Where to connect, for a new pool. Raises redis.ConnectionError if the connection is closed.

        When Redis dies, Celery closes the connection twice. The first time the channel may fail before it has put
        back what it holds, the second time it tries that on a connection that knows no address any more. What it
        holds stays in the book of unacknowledged messages and comes back after the visibility time-out.
        """
        transport: Any = self.connection
        if transport is None or transport.client is None:
            raise redis.exceptions.ConnectionError("The connection of this channel is closed.")
        return super()._connparams(asynchronous)  # type: ignore[misc]  # not in the types of kombu

    def _create_client(self, asynchronous: bool = False) -> Any:
        client = super()._create_client(asynchronous)  # type: ignore[misc]  # not in the types of kombu
        client.set_response_callback("BRPOP", self._message_or_nothing)
        return client

    def _message_or_nothing(self, popped: Any, **_: Any) -> tuple[Any, Any] | None:
        if not popped:
            return None
        queue, entry = bytes_to_str(popped[0]).rsplit(self.sep, 1)[0], popped[1]
        try:
            message = loads(bytes_to_str(entry))
            if _is_ours(queue):
                mark(message, queue)
            self.Message(message, channel=self)
        except Exception as error:  # noqa: BLE001 - whatever reading it will raise, it will raise again
            log.warning("An entry of %s is dropped: it is no message. %r in %.200r", queue, error, entry[:200])
            transport: Any = self.connection
            transport.on_unreadable(queue)
            return None
        return popped[0], entry


class Transport(kombu_redis.Transport):
    """Marks messages of our own queues; Celery's other traffic passes as it is.

    `on_unreadable` is called with the queue of each entry that is dropped.
    """

    Channel = Channel
    on_unreadable: Callable[[str], None] = staticmethod(lambda _queue: None)

    def _deliver(self, message: Any, queue: str | None) -> None:
        if queue is not None and _is_ours(queue):
            mark(message, queue)
        super()._deliver(message, queue)


def _is_ours(queue: str) -> bool:
    return queue in _STEPS or queue.startswith(FRONT_DESK)


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
