"""`flatiron.poll`: one sweep per farm manager. `flatiron.poll_all` starts them: a slow manager holds up no other."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.steps import accept, poll

FORGOTTEN_EVERY_SECONDS = 30.0
"""How often the share is searched for jobs that have no record."""


def register(app: Celery, context: Callable[[], Context]) -> None:
    """Register both tasks."""

    @app.task(name="flatiron.poll", shared=False)
    def flatiron_poll(manager: str) -> None:
        poll.poll(context(), manager)

    @app.task(name="flatiron.poll_all", shared=False, send_events=False)  # Flower shows the sweeps it starts
    def flatiron_poll_all() -> None:
        here = context()
        for manager in here.store.managers():
            expires = max(here.settings.poll_seconds, 1.0)
            app.send_task("flatiron.poll", args=(manager,), argsrepr=f"(farm {manager})", expires=expires, retry=False)
        if here.store.is_time_for("forgotten", FORGOTTEN_EVERY_SECONDS):
            accept.accept_forgotten(here)
