"""Which messages of the front desk's queue are taken at all, before any process is spent on them.

A Celery message may carry more than a task and its arguments: further tasks that the worker sends on when it is done,
to any queue and with the worker's rights. Nobody gets those.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery.exceptions import InvalidTaskError
from celery.worker.strategy import default

LONGEST_BODY = 1_000_000
"""Characters. The longest honest message re-queues some ten thousand passes."""


def strategy(task: Any, app: Any, consumer: Any) -> Callable[..., Any]:
    """Celery's own way to take messages, for messages that pass the check."""
    take: Callable[..., Any] = default(task, app, consumer)

    def take_checked(message: Any, *rest: Any, **options: Any) -> Any:
        check(message)
        return take(message, *rest, **options)

    return take_checked


def check(message: Any) -> None:
    """Raises InvalidTaskError for a message that is none of ours, and what kombu raises for one that is no JSON."""
    if len(message.body) > LONGEST_BODY:
        raise InvalidTaskError(f"The message has {len(message.body)} characters.")
    payload = message.payload
    if not isinstance(payload, list) or [type(part) for part in payload] != [list, dict, dict]:
        raise InvalidTaskError("The message is not arguments, named arguments and extras.")
    if any(payload[2].values()):
        raise InvalidTaskError("The message wants further tasks to be sent.")
