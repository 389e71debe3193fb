"""`flatiron merge`: Manual Merge, without Redis and without the farm."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from workers.cli.session import session_of


def merge(
    context: typer.Context,
    description: Annotated[Path, typer.Argument(help="The job's job.desc, or the job folder that holds it.")],
    partial: Annotated[
        bool,
        typer.Option("--partial", help="If pieces are missing, write pictures of what is there, beside the textures."),
    ] = False,
) -> None:
    """Merge a job from its folder alone. If pieces are missing they are listed and nothing is changed."""
    from flatiron_tasks.pipeline.manual_merge import merge_by_hand  # noqa: PLC0415 - needs OpenImageIO

    path = description / "job.desc" if description.is_dir() else description
    console, progress = Console(), Console(stderr=True)

    def show(step: str, done: int, total: int) -> None:
        progress.print(f"{step} {done}/{total}", markup=False, highlight=False)

    report = merge_by_hand(path, session_of(context).settings, partial=partial, on_progress=show)
    for file_name, final_path, outcome in report.textures:
        console.print(f"{file_name}: {outcome}, {final_path}", markup=False, highlight=False, soft_wrap=True)
    for note in report.notes:
        console.print(note, markup=False, highlight=False, soft_wrap=True)
