"""`flatiron.accept`: the front desk, where a submitter's message arrives."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery, Task

from flatiron_tasks.contracts.channels import ACCEPT_TASK
from flatiron_tasks.contracts.requests import read_request
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.steps import accept
from flatiron_tasks.tasks.accounts import account_of
from flatiron_tasks.tasks.front_desk import GATE, refusals_counted


def register(app: Celery, context: Callable[[], Context]) -> None:
    """Register the task."""

    @app.task(name=ACCEPT_TASK, bind=True, shared=False, typing=False, Strategy=GATE)
    def flatiron_accept(task: Task[..., None], /, *arguments: object, **named: object) -> None:
        with refusals_counted(context(), ACCEPT_TASK):
            account = account_of(task.request.delivery_info, context().settings.artists)
            accept.accept(context(), read_request(ACCEPT_TASK, arguments, named).job_id, account=account)
