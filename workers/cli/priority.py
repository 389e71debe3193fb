"""`flatiron priority`: how urgent a job is on the farm."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from workers.cli.session import session_of


def priority(
    context: typer.Context,
    job: Annotated[str, typer.Argument(help="Id of the job.")],
    value: Annotated[int, typer.Argument(metavar="PRIORITY", min=0, max=99, help="From 0, the most urgent, to 99.")],
) -> None:
    """Change the priority of a job on the farm."""
    Console().print(session_of(context).desk().set_priority(job, value), markup=False, highlight=False)
