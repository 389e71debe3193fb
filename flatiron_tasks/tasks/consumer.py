"""Celery's consumer, made to outlive every message: what it cannot take it drops, logs and counts.

Whoever may write to a queue may write anything. Celery's own consumer drops unknown tasks, but ends the worker at the
first message that is no message.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import redis
from celery.worker.consumer import Consumer
from celery.worker.consumer.control import Control

from flatiron_tasks.pipeline.clock import RedisClock
from flatiron_tasks.pipeline.store import JobStore, connect
from flatiron_tasks.tasks.queues import FRONT_DESK
from flatiron_tasks.tasks.remote_control import READ, commands

log = logging.getLogger(__name__)
TRUE_QUEUE = "flatiron_tasks.tasks.true_queue:Transport"
UNKNOWN_TASK, MALFORMED, UNREADABLE = "unknown task", "malformed message", "unreadable message"
"""Reasons by which refusals are counted."""


class CountingConsumer(Consumer):
    """The counts in Redis are for doctor and metrics."""

    loop: Callable[..., Any]
    connection_errors: tuple[type[BaseException], ...]
    steps: list[Any]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._loop, self.loop = self.loop, self._outlive
        self._store: JobStore | None = None
        controls: list[Any] = [step for step in self.steps if isinstance(step, Control)]
        for control in controls:
            control.box.node.handlers = commands(self.app.conf.get("flatiron_remote_control", READ))

    def connection_for_read(self, heartbeat: float | None = None) -> Any:
        """A connection on which every message carries the queue that it was taken from."""
        connection = self.ensure_connected(self.app.connection_for_read(heartbeat=heartbeat, transport=TRUE_QUEUE))
        transport: Any = connection.transport
        transport.on_unreadable = self._count_unreadable
        return connection

    def create_task_handler(self, *arguments: Any, **options: Any) -> Callable[[Any], None]:
        """What takes each message: one whose headers are nonsense is dropped like one whose task is unknown."""
        take = super().create_task_handler(*arguments, **options)

        def take_or_drop(message: Any) -> None:
            try:
                take(message)
            except self._errors_of_redis:
                raise
            except Exception:
                log.exception("a message cannot be taken")
                if not message.acknowledged:
                    message.reject_log_error(log, self.connection_errors)
                self._count(MALFORMED, message)

        return take_or_drop

    def on_unknown_task(self, body: Any, message: Any, exc: Any) -> None:
        """A task that this worker does not serve."""
        super().on_unknown_task(body, message, exc)
        self._count(UNKNOWN_TASK, message)

    def on_unknown_message(self, body: Any, message: Any) -> None:
        """No task message at all."""
        super().on_unknown_message(body, message)
        self._count(MALFORMED, message)

    def on_invalid_task(self, body: Any, message: Any, exc: Any) -> None:
        """A task message with wrong parts, see `gate`."""
        super().on_invalid_task(body, message, exc)
        self._count(MALFORMED, message)

    def on_decode_error(self, message: Any, exc: Any) -> None:
        """A body that is not what its headers say, or is in a form that is not allowed."""
        super().on_decode_error(message, exc)
        self._count(UNREADABLE, message)

    def _outlive(self, *arguments: Any) -> None:
        """Celery's loop. What the transport took for a message and is none has left the queue: connect anew."""
        try:
            self._loop(*arguments)
        except self._errors_of_redis:
            raise
        except Exception as error:
            log.exception("an entry of a queue cannot be read")
            raise ConnectionResetError("An entry of a queue cannot be read.") from error

    @property
    def _errors_of_redis(self) -> tuple[type[BaseException], ...]:
        """Kombu's list of errors after which to connect anew also has KeyError, which a message can cause."""
        return (*(error for error in self.connection_errors if error is not KeyError), redis.RedisError)

    def _count(self, reason: str, message: Any) -> None:
        """Count a refused message by the queue that it was truly taken from."""
        self._count_at(str(message.delivery_info.get("routing_key")), reason)

    def _count_unreadable(self, queue: str) -> None:
        self._count_at(queue, UNREADABLE)

    def _count_at(self, queue: str, reason: str) -> None:
        """Only what the front desk refuses comes from people; a step's queue may hold what a newer version sends.

        One connection, made when it is needed first; redis-py gives processes that are forked later others.
        """
        if not queue.startswith(FRONT_DESK):
            return
        try:
            if self._store is None:
                client = connect(self.app.conf.broker_url)
                self._store = JobStore(client, RedisClock(client))
            self._store.artists.count_refusal(reason)
        except redis.RedisError as error:
            log.warning("A refused message (%s) was not counted: %s", reason, error)
