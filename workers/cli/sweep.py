"""`flatiron sweep`: the clock that makes the periodic sweeps happen. One per farm is enough; two do no harm."""

from __future__ import annotations

import typer

from workers.cli.session import session_of


def sweep(context: typer.Context) -> None:
    """Ask for a sweep of all jobs every few seconds: Celery's beat, with its schedule in memory."""
    from flatiron_tasks.tasks.app import make_app  # noqa: PLC0415 - Celery loads slowly

    session = session_of(context)
    code: int | None = make_app(session.settings).start(
        # In memory: the schedule is part of the program, a file of last runs would only go stale.
        ["beat", f"--loglevel={session.log_level}", "--scheduler=celery.beat:Scheduler"]
    )
    raise typer.Exit(code or 0)
