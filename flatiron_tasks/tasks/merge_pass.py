"""`flatiron.merge_pass`: verify and merge one pass."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.steps import merge_pass


def register(app: Celery, context: Callable[[], Context]) -> None:
    """Register the task."""

    @app.task(name="flatiron.merge_pass", shared=False)
    def flatiron_merge_pass(job_id: str, pass_index: int) -> None:
        merge_pass.merge_pass(context(), job_id, pass_index)
