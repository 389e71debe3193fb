"""`flatiron.accept`: the front desk, where a submitter's message arrives."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.steps import accept


def register(app: Celery, context: Callable[[], Context]) -> None:
    """Register the task."""

    @app.task(name="flatiron.accept", shared=False)
    def flatiron_accept(job_id: str) -> None:
        accept.accept(context(), job_id)
