"""`flatiron doctor`: everything that must be right, in one table."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import Annotated

import typer
from rich.console import Console

from workers.cli import bake_options
from workers.cli.exit_codes import ExitCode
from workers.cli.session import session_of


def doctor(
    context: typer.Context,
    manager: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST[:PORT]", help="Farm manager to ask besides those of known jobs; repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Look at Redis, workers, farm managers and network folders, and say what is wrong and what to do about it."""
    from flatiron_tasks.backburner import assumptions  # noqa: PLC0415 - `flatiron --help` needs none of these
    from workers.doctor.doctor import examine  # noqa: PLC0415
    from workers.doctor.table import table  # noqa: PLC0415

    settings = session_of(context).settings
    addresses = [bake_options.manager(item, assumptions.MANAGER_PORT) for item in manager or ()]
    errors, console = Console(stderr=True), Console()
    with errors.status("Looking …") if errors.is_terminal else nullcontext() as status:

        def tell(what: str) -> None:
            if status is not None:
                status.update(f"Looking … {what} seen")

        report = examine(settings, managers=[f"{host}:{port}" for host, port in addresses], tell=tell)
    if as_json:
        typer.echo(json.dumps(report.as_dict(), indent=1, ensure_ascii=False))
    else:
        console.print(table(report, encoding=console.encoding))
    if report.is_wrong:
        raise typer.Exit(ExitCode.UNHEALTHY)
