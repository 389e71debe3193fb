"""`flatiron.notify`: the tick that tells people of jobs that have ended."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from flatiron_tasks.notify.ways import ways
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.notifications import CLAIM_S, notify

EVERY_SECONDS = 5.0
LIMIT_S = int(CLAIM_S) - 20
"""Even a name server that hangs must not let a run outlive its claim: other workers would begin the same."""


def tick(context: Context) -> None:
    """Tell of what is owed. A tick that comes right after another one does nothing. Raises SettingsError."""
    if context.store.claims.is_time_for("notify-tick", EVERY_SECONDS / 2):
        notify(context, ways(context.settings.notifications))


def register(app: Celery, context: Callable[[], Context]) -> None:
    """Register the task."""

    # No events: it comes every few seconds and is of no interest in Flower.
    @app.task(name="flatiron.notify", shared=False, send_events=False, soft_time_limit=LIMIT_S)
    def flatiron_notify() -> None:
        tick(context())
