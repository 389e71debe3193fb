"""`flatiron sweep`: the clock that makes the periodic sweeps happen. One per farm is enough; two do no harm."""

from __future__ import annotations

from contextlib import nullcontext

import typer

from workers.cli.session import session_of


def sweep(context: typer.Context) -> None:
    """Ask for a sweep of all jobs every few seconds: Celery's beat, with its schedule in memory."""
    from flatiron_tasks.tasks.app import make_app  # noqa: PLC0415 - Celery loads slowly
    from flatiron_tasks.tasks.surroundings import make_waker  # noqa: PLC0415

    session = session_of(context)
    session.set_up_service_logging()
    app = make_app(session.settings)
    with make_waker(session.settings, app) if session.settings.farm_notifications else nullcontext():
        # In memory: the schedule is part of the program, a file of last runs would only go stale.
        code: int | None = app.start(["beat", f"--loglevel={session.log_level}", "--scheduler=celery.beat:Scheduler"])
    raise typer.Exit(code or 0)
