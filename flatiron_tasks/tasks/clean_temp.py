"""`flatiron.clean_temp`: remove what a finished job left on the share and on the farm."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.steps import clean_temp


def register(app: Celery, context: Callable[[], Context]) -> None:
    """Register the task."""

    @app.task(name="flatiron.clean_temp", shared=False)
    def flatiron_clean_temp(job_id: str) -> None:
        clean_temp.clean_temp(context(), job_id)
