"""`flatiron collect`: fetch finished textures whose output folder only this machine can write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from flatiron_tasks.contracts.errors import StateError
from flatiron_tasks.pipeline.context import path_mapping
from flatiron_tasks.share.path_mapping import PathMapping
from workers.cli.session import session_of

if TYPE_CHECKING:
    from flatiron_tasks.api import Desk, JobStatus


def collect(
    context: typer.Context,
    job: Annotated[str | None, typer.Argument(help="Id of the job; every job that waits without it.")] = None,
) -> None:
    """Copy finished textures into the output folder, verify them, replace the placeholders."""
    session, console = session_of(context), Console()
    desk = session.desk()
    waiting = [status for status in ((desk.job(job),) if job else desk.jobs()) if status.state == "ready_to_collect"]
    if job and not waiting:
        raise StateError(
            f"Job {job} has nothing to collect.",
            why=f"Its state is {desk.job(job).state}.",
            advice=f"See `flatiron status {job}`.",
        )
    if not waiting:
        console.print("No job waits to be collected.")
    for status in waiting:
        console.print(f"{status.job_name} ({status.job_id})", markup=False, highlight=False)
        collect_job(desk, path_mapping(session.settings), status, console)


def collect_job(desk: Desk, mapping: PathMapping, status: JobStatus, console: Console) -> None:
    """Collect the textures of one job and say what became of them."""
    from max_submitter.collect import collect as collect_textures  # noqa: PLC0415

    report = collect_textures(
        Path(mapping.to_local(status.job_folder)),
        Path(mapping.to_local(status.output_folder)),
        lambda texture, path: desk.collected(status.job_id, texture, str(path)),
    )
    for texture in report.textures:
        console.print(f"{texture.file_name}: {texture.outcome}, {texture.path}", markup=False, soft_wrap=True)
