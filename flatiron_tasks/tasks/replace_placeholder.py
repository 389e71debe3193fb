"""`flatiron.replace_placeholder`: compose one texture and put it in place."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.steps import replace_placeholder


def register(app: Celery, context: Callable[[], Context]) -> None:
    """Register the task."""

    @app.task(name="flatiron.replace_placeholder", shared=False)
    def flatiron_replace_placeholder(job_id: str, texture_index: int) -> None:
        replace_placeholder.replace_placeholder(context(), job_id, texture_index)
