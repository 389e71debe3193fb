"""`flatiron resume`: let a suspended job go on."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from workers.cli.session import session_of


def resume(context: typer.Context, job: Annotated[str, typer.Argument(help="Id of the job.")]) -> None:
    """Let a job go on that is suspended on the farm, whoever suspended it. Finished tasks stay finished."""
    Console().print(session_of(context).desk().go_on(job), markup=False, highlight=False)
