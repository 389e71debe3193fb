"""`flatiron cancel`: stop a job."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from workers.cli.session import session_of


def cancel(context: typer.Context, job: Annotated[str, typer.Argument(help="Id of the job.")]) -> None:
    """Take a job off the farm and stop merging it. Textures that are delivered stay."""
    Console().print(session_of(context).desk().cancel(job), markup=False, highlight=False)
