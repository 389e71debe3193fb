"""`flatiron.poll`: one sweep per farm manager. `flatiron.poll_all` starts them: a slow manager holds up no other."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.steps import accept, poll
from flatiron_tasks.settings import Settings

WAKE_UP_EXPIRES_SECONDS = 30.0
"""A wake-up that nobody took for so long is worthless: the regular sweep has come by."""

LONGEST_TICK_SECONDS = 1.0

FORGOTTEN_EVERY_SECONDS = 30.0
"""How often the share is searched for jobs that have no record."""


def tick_seconds(settings: Settings) -> float:
    """How often it is asked which managers are due: finer than any pause, so that pauses keep their length."""
    return min(settings.poll_seconds, LONGEST_TICK_SECONDS)


def ask_for_sweep(app: Celery, manager: str, *, expires: float = WAKE_UP_EXPIRES_SECONDS) -> None:
    """Send the message for one sweep of this manager. Asking while one is under way makes one more."""
    app.send_task("flatiron.poll", args=(manager,), argsrepr=f"(farm {manager})", expires=expires, retry=False)


def register(app: Celery, context: Callable[[], Context]) -> None:
    """Register both tasks."""

    @app.task(name="flatiron.poll", shared=False)
    def flatiron_poll(manager: str) -> None:
        poll.poll(context(), manager)

    @app.task(name="flatiron.poll_all", shared=False, send_events=False)  # Flower shows the sweeps it starts
    def flatiron_poll_all() -> None:
        here = context()
        # A sweep is due if this tick is nearer to its time than the next one.
        now, patience = here.clock.now().timestamp(), here.settings.poll_idle_seconds
        now += tick_seconds(here.settings) / 2
        for manager in here.store.managers():
            if here.store.sweeps.claim_sweep(manager, now, patience):
                ask_for_sweep(app, manager, expires=max(here.settings.poll_seconds, 1.0))
        if here.store.is_time_for("forgotten", FORGOTTEN_EVERY_SECONDS):
            accept.accept_forgotten(here)
