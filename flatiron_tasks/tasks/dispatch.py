"""`flatiron.dispatch`: hand a job to the farm."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.steps import dispatch


def register(app: Celery, context: Callable[[], Context]) -> None:
    """Register the task."""

    @app.task(name="flatiron.dispatch", shared=False)
    def flatiron_dispatch(job_id: str) -> None:
        dispatch.dispatch(context(), job_id)
