"""`flatiron.cancel`: take a job off the farm and off the share."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.steps import cancel


def register(app: Celery, context: Callable[[], Context]) -> None:
    """Register the task."""

    @app.task(name="flatiron.cancel", shared=False)
    def flatiron_cancel(job_id: str) -> None:
        cancel.cancel(context(), job_id)
