"""`flatiron.poll`: one sweep per farm manager. `flatiron.poll_all` starts them: a slow manager holds up no other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from celery import Celery

from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.expiry import forget_old
from flatiron_tasks.pipeline.share_probe.watching import remove_stale
from flatiron_tasks.pipeline.steps import accept, poll
from flatiron_tasks.settings import Settings

LONGEST_TICK_SECONDS = 1.0

REST_SECONDS = 0.5
"""Between two sweeps of a manager, however many wake-ups come, or have piled up."""

FORGOTTEN_EVERY_SECONDS = 30.0
"""How often the share is searched for jobs that have no record."""

EXPIRY_EVERY_SECONDS = 10.0
"""How often some of what is old is forgotten."""


def tick_seconds(settings: Settings) -> float:
    """How often it is asked which managers are due: finer than any pause, so that pauses keep their length."""
    return min(settings.poll_seconds, LONGEST_TICK_SECONDS)


def ask_for_sweep(app: Celery, manager: str) -> None:
    """Send the message for one sweep of this manager. Asking while one is under way makes one more."""
    app.send_task("flatiron.poll", args=(manager,), argsrepr=f"farm {manager}", retry=False)


def tick(context: Context, ask: Callable[[str], None]) -> None:
    """Ask for a sweep of every manager whose time has come. A tick that comes right after another one does nothing."""
    length = tick_seconds(context.settings)
    if not context.store.claims.is_time_for("tick", length / 2):
        return
    context.store.sweeps.say_alive()
    if context.store.claims.is_time_for("expiry", EXPIRY_EVERY_SECONDS):
        forget_old(context)  # before any sweep is asked for: none of a manager that is forgotten now
    # A sweep is due if this tick is nearer to its time than the next one.
    now = context.clock.now().timestamp() + length / 2
    for manager in context.store.managers():
        if context.store.sweeps.claim_sweep(manager, now, context.settings.poll_idle_seconds):
            ask(manager)
    if context.store.claims.is_time_for("forgotten", FORGOTTEN_EVERY_SECONDS):
        accept.accept_forgotten(context)
        remove_stale(context)


def sweep(context: Context, manager: str) -> None:
    """Sweep, unless a sweep has only just ended: then the next tick makes one, if the manager answers at all."""
    book = context.store.sweeps
    if book.is_resting(manager):
        if not book.health(manager).failures:
            book.sweep_now(manager)
        return
    poll.poll(context, manager)
    book.rest(manager, min(REST_SECONDS, context.settings.poll_seconds / 2))


def register(app: Celery, context: Callable[[], Context]) -> None:
    """Register both tasks."""

    @app.task(name="flatiron.poll", shared=False)
    def flatiron_poll(manager: str) -> None:
        sweep(context(), manager)

    @app.task(name="flatiron.poll_all", shared=False, send_events=False)  # Flower shows the sweeps it starts
    def flatiron_poll_all() -> None:
        tick(context(), partial(ask_for_sweep, app))
