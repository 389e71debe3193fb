"""`flatiron suspend`: let the farm begin no more tasks of a job."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from workers.cli.session import session_of


def suspend(context: typer.Context, job: Annotated[str, typer.Argument(help="Id of the job.")]) -> None:
    """Suspend a job on the farm. What is rendered is merged; `flatiron resume` lets it go on."""
    Console().print(session_of(context).desk().suspend(job), markup=False, highlight=False)
