"""`flatiron status`: all jobs, or one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from workers.cli import job_tables, job_text
from workers.cli.exit_codes import ExitCode
from workers.cli.progress import display_for, follow
from workers.cli.session import session_of


def status(
    context: typer.Context,
    job: Annotated[str | None, typer.Argument(help="Id of the job; all jobs without it.")] = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Follow until the job, or all jobs, have ended.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show jobs, newest first: how far they are, what failed and why, and what to do about it."""
    if watch and as_json:
        raise typer.BadParameter("Choose either --watch or --json.")
    desk, console = session_of(context).desk(), Console()
    statuses = (desk.job(job),) if job else desk.jobs()
    if watch and statuses:
        statuses = follow(desk, {item.job_id: item.job_name for item in statuses}, display_for(console))
    if as_json:
        typer.echo(job_text.as_json(statuses[0] if job else statuses))
    elif job:
        console.print(job_tables.job(statuses[0], datetime.now(UTC)))
    else:
        console.print(job_tables.jobs(statuses, datetime.now(UTC)))
        for trouble in desk.troubles():
            console.print(trouble, style="yellow", markup=False, highlight=False)
    if job and statuses[0].state in job_text.BAD:
        raise typer.Exit(ExitCode.JOB_FAILED)
