"""`flatiron rerender`: throw passes away and have the farm render them again."""

from __future__ import annotations

from typing import Annotated

import typer

from workers.cli.requeue import AllFailed, Passes, queue_again


def rerender(
    context: typer.Context,
    job: Annotated[str, typer.Argument(help="Id of the job.")],
    passes: Passes = None,
    all_failed: AllFailed = False,
) -> None:
    """Throw the pieces and layers of these passes away, good or bad, and send them to the farm again.

    For a job that stands still. `flatiron requeue` keeps what is good.
    """
    if not passes and not all_failed:
        raise typer.BadParameter("Choose --pass or --all-failed: what is thrown away is not guessed.")
    queue_again(context, job, passes, all_failed, rerender=True)
