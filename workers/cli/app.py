"""Which commands there are, and the options that all of them share."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from workers.cli import (
    bake,
    cancel,
    chaos,
    collect,
    demo,
    doctor,
    exit_codes,
    flower,
    local,
    merge,
    metrics,
    priority,
    probe_manager,
    redis_users,
    requeue,
    rerender,
    resubmit,
    resume,
    status,
    suspend,
    sweep,
    verify,
    web,
    worker,
)
from workers.cli.error_report import ReportingGroup
from workers.cli.farm import app as farm_app
from workers.cli.session import Session

_SERVICES = ("worker", "sweep", "flower", "web", "metrics", "farm")  # they set up logging themselves

app = typer.Typer(
    name="flatiron",
    cls=ReportingGroup,
    help="Bake textures on a render farm, merge the pieces, replace the placeholders.",
    epilog=exit_codes.documented(),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command(rich_help_panel="Artists")(bake.bake)
app.command(rich_help_panel="Artists")(status.status)
app.command(rich_help_panel="Artists")(cancel.cancel)
app.command(rich_help_panel="Artists")(suspend.suspend)
app.command(rich_help_panel="Artists")(resume.resume)
app.command(rich_help_panel="Artists")(priority.priority)
app.command(rich_help_panel="Artists")(collect.collect)
app.command(rich_help_panel="Artists")(requeue.requeue)
app.command(rich_help_panel="Artists")(rerender.rerender)
app.command(rich_help_panel="Artists")(resubmit.resubmit)
app.command(rich_help_panel="Artists")(local.local)
app.command(rich_help_panel="Artists")(merge.merge)
app.command(rich_help_panel="Artists", epilog=verify.EPILOG)(verify.verify)
app.command(rich_help_panel="Artists")(demo.demo)
app.command(rich_help_panel="Services")(worker.worker)
app.command(rich_help_panel="Services")(sweep.sweep)
app.command(rich_help_panel="Services", epilog=chaos.EPILOG)(chaos.chaos)
app.command(rich_help_panel="Services")(flower.flower)
app.command(rich_help_panel="Services")(web.web)
app.command(rich_help_panel="Services")(metrics.metrics)
app.command(rich_help_panel="Services")(doctor.doctor)
app.command("probe-manager", rich_help_panel="Services")(probe_manager.probe_manager)
app.command("redis-users", rich_help_panel="Services")(redis_users.redis_users)
app.add_typer(
    farm_app,
    name="farm",
    help="The local farm: a manager and render servers that speak Backburner's protocol.",
    rich_help_panel="Services",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        Console().print(f"flatiron {version('flatiron-network')}", highlight=False)
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="Settings file; see deploy/flatiron.example.toml.")] = None,
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version and end.", callback=_show_version, is_eager=True)
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log everything, show tracebacks.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Log errors only.")] = False,
) -> None:
    """Keep the global options for the command."""
    session = Session(config, verbose, quiet)
    context.obj = session
    if context.invoked_subcommand not in _SERVICES:
        session.set_up_logging()
