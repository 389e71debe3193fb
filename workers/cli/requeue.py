"""`flatiron requeue`: do failed work again."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from workers.cli import number_ranges
from workers.cli.session import session_of

Passes = Annotated[
    list[str] | None, typer.Option("--pass", metavar="N", help="Only this pass, or range 4-6; repeatable.")
]
AllFailed = Annotated[bool, typer.Option("--all-failed", help="Every pass that failed.")]


def requeue(
    context: typer.Context,
    job: Annotated[str, typer.Argument(help="Id of the job.")],
    passes: Passes = None,
    all_failed: AllFailed = False,
    rerender: Annotated[bool, typer.Option("--rerender", help="Throw the pieces away and render again.")] = False,
) -> None:
    """Start a job again where it stopped; with --pass or --all-failed merge these passes again."""
    queue_again(context, job, passes, all_failed, rerender=rerender)


def queue_again(
    context: typer.Context, job: str, passes: list[str] | None, all_failed: bool, *, rerender: bool
) -> None:
    """Do what was asked and say what became of it. A job that runs, or has no failed pass, is no error."""
    if passes and all_failed:
        raise typer.BadParameter("Choose either --pass or --all-failed.")
    chosen = number_ranges.passes(passes or ())
    desk = session_of(context).desk()
    if all_failed:
        chosen = tuple(item.index for item in desk.job(job).passes if item.state == "failed")
        if not chosen:
            Console().print(
                f"No pass of {job} has failed: nothing to do.", markup=False, highlight=False, soft_wrap=True
            )
            return
    Console().print(desk.requeue(job, chosen, rerender=rerender), markup=False, highlight=False, soft_wrap=True)
