"""The tasks of the front desk: what artists' machines ask of jobs that the workers know, and how messages are refused.

The operations are those of `api.Desk`; the table is all there is. Outcome or refusal is told as an event of the job.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from celery import Celery, Task

from flatiron_tasks.api import Desk
from flatiron_tasks.contracts import channels
from flatiron_tasks.contracts.errors import BadInputError, FlatironError, ForbiddenError, StateError
from flatiron_tasks.contracts.requests import Request, read_request
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.ownership import refuse_strangers
from flatiron_tasks.tasks.accounts import account_of

log = logging.getLogger(__name__)
GATE = "flatiron_tasks.tasks.gate:strategy"
"""How workers take messages for tasks of the front desk from the queue."""

BAD_INPUT, NOT_NOW, FORBIDDEN = "bad input", "not now", "forbidden"
"""Reasons by which refusals are counted."""

_REASONS: Sequence[tuple[type[FlatironError], str]] = (
    (ForbiddenError, FORBIDDEN),
    (BadInputError, BAD_INPUT),
    (StateError, NOT_NOW),
)

OPERATIONS: Mapping[str, Callable[..., str]] = {
    channels.REQUEUE_TASK: Desk.requeue,
    channels.RERENDER_TASK: lambda desk, job_id, passes: desk.requeue(job_id, passes, rerender=True),
    channels.CANCEL_JOB_TASK: Desk.cancel,
    channels.SUSPEND_TASK: Desk.suspend,
    channels.GO_ON_TASK: Desk.go_on,
    channels.SET_PRIORITY_TASK: Desk.set_priority,
    channels.COLLECTED_TASK: Desk.collected,
}


def register(app: Celery, context: Callable[[], Context]) -> None:
    """Register a task for each operation."""
    for task in OPERATIONS:
        _register(app, context, task)


def _register(app: Celery, context: Callable[[], Context], task: str) -> None:
    @app.task(name=task, bind=True, shared=False, typing=False, Strategy=GATE)
    def flatiron_request(celery_task: Task[..., None], /, *arguments: object, **named: object) -> None:
        serve(context(), task, arguments, named, delivery=celery_task.request.delivery_info)


def serve(
    context: Context,
    task: str,
    arguments: Sequence[object],
    named: Mapping[str, object],
    *,
    delivery: Mapping[str, object] | None,
) -> None:
    """Do what a message asks, or refuse it; nothing is tried again. `delivery` says which queue it was taken from.

    Raises BadInputError, StateError; ForbiddenError, of which the artist whose job it is hears nothing.
    """
    with refusals_counted(context, task):
        account = account_of(delivery, context.settings.artists)
        request = read_request(task, arguments, named)
        refuse_strangers(context.store.load(request.job_id), account)
        try:
            outcome = _perform(context, request)
        except FlatironError as error:
            context.store.artists.say(request.job_id, str(error))
            raise
        context.store.artists.say(request.job_id, outcome)
        log.info("%s: %s", task, outcome)


def _perform(context: Context, request: Request) -> str:
    return OPERATIONS[request.task](Desk(context), request.job_id, *request.arguments)


@contextmanager
def refusals_counted(context: Context, task: str) -> Iterator[None]:
    """Log and count it when the block refuses a message."""
    try:
        yield
    except (BadInputError, StateError) as error:
        log.warning("%s is refused: %s", task, error)
        context.store.artists.count_refusal(next(reason for kind, reason in _REASONS if isinstance(error, kind)))
        raise
