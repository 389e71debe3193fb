"""`flatiron.publish`: let artists' machines see what has changed."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.publishing import publish

EVERY_SECONDS = 1.0
LONGEST_SECONDS = 10.0
"""After so long another worker may publish too, which does no harm."""


def publish_alone(context: Context) -> None:
    """Publish, unless another worker does so now: ticks that have piled up cost one question each."""
    with context.store.claims.only_one("publish", seconds=LONGEST_SECONDS) as mine:
        if mine:
            publish(context)


def register(app: Celery, context: Callable[[], Context]) -> None:
    """Register the task."""

    @app.task(name="flatiron.publish", shared=False, send_events=False)  # once a second, of no interest in Flower
    def flatiron_publish() -> None:
        publish_alone(context())
