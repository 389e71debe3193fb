"""Which messages of the front desk's queue are taken at all, before any process is spent on them.

A Celery message may carry more than a task and its arguments: further tasks that the worker sends on when it is done,
to any queue and with the worker's rights, or a time until which it is kept in the worker's memory. Nobody gets those.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from celery.exceptions import InvalidTaskError
from celery.worker.strategy import default

LONGEST_BODY = 1_000_000
"""Characters. The longest honest message re-queues some ten thousand passes."""

_UNWANTED = ("eta", "expires", "group", "chord", "chain", "callbacks", "errbacks", "reply_to", "replaced_task_nesting")
"""Headers, of this version of Celery's messages and the one before, by which a message would be more than a task."""


def strategy(task: Any, app: Any, consumer: Any) -> Callable[..., Any]:
    """Celery's own way to take messages, for messages that pass the check."""
    take: Callable[..., Any] = default(task, app, consumer)

    def take_checked(message: Any, *rest: Any, **options: Any) -> Any:
        check(message, limits=(app.conf.task_time_limit, app.conf.task_soft_time_limit))
        return take(message, *rest, **options)

    return take_checked


def check(message: Any, *, limits: Sequence[float]) -> None:
    """`limits` are the time limits that our own tools write: hard, soft.

    Raises InvalidTaskError for a message that is none of ours, and what kombu raises for one that is no JSON.
    """
    if len(message.body) > LONGEST_BODY:
        raise InvalidTaskError(f"The message has {len(message.body)} characters.")
    payload = message.payload
    if not isinstance(payload, list) or [type(part) for part in payload] != [list, dict, dict]:
        raise InvalidTaskError("The message is not arguments, named arguments and extras.")
    if any(payload[2].values()) or any(message.headers.get(name) for name in _UNWANTED):
        raise InvalidTaskError("The message wants more than its task.")
    if (times := message.headers.get("timelimit")) and any(times) and list(times) != list(limits):
        raise InvalidTaskError("The message sets time limits.")
