"""`flatiron flower`: the Flower dashboard, with safe defaults. Flower itself decides what it shows."""

from __future__ import annotations

import ipaddress
from typing import Annotated

import typer

from flatiron_tasks.contracts.errors import SettingsError
from flatiron_tasks.settings import Settings
from workers.cli.session import session_of

_SAVE_EVERY_MS = 5000


def flower(
    context: typer.Context,
    address: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="TCP port to listen on.")] = None,
    read_only: Annotated[
        bool | None, typer.Option("--read-only/--read-write", help="Whether it can start and stop tasks.")
    ] = None,
    url_prefix: Annotated[str | None, typer.Option(help="Path below which a proxy shows it.")] = None,
) -> None:
    """Run the dashboard. Options win over the settings; the password comes from the settings only."""
    from flatiron_tasks.tasks.app import make_app  # noqa: PLC0415 - Celery loads slowly

    session = session_of(context)
    given = {"address": address, "port": port, "read_only": read_only, "url_prefix": url_prefix}
    settings = session.with_overrides({"flower": {key: value for key, value in given.items() if value is not None}})
    arguments = flower_arguments(settings, session.log_level)
    settings.flower_state_file.parent.mkdir(parents=True, exist_ok=True)
    code: int | None = make_app(settings).start(arguments)
    raise typer.Exit(code or 0)


def flower_arguments(settings: Settings, log_level: str) -> list[str]:
    """Flower's own command line. Raises SettingsError for a dashboard that everybody could open."""
    options = settings.flower
    arguments = [
        "flower",
        f"--address={options.address}",
        f"--port={options.port}",
        "--persistent=True",
        f"--db={settings.flower_state_file}",
        f"--state-save-interval={_SAVE_EVERY_MS}",
        f"--read-only={options.read_only}",
        "--natural-time=True",
        "--tasks-columns=name,args,state,received,runtime,worker",  # whose job and which pass, at a glance
        f"--logging={log_level.lower()}",
    ]
    if options.url_prefix:
        arguments.append(f"--url-prefix={options.url_prefix.strip('/')}")
    if options.basic_auth is not None:
        # Not on a command line: Flower runs in this very process.
        arguments.append(f"--basic-auth={options.basic_auth.get_secret_value()}")
    elif not is_loopback(options.address):
        raise SettingsError(
            f"Flower would listen on {options.address or 'every address'} without asking for a password.",
            why="Everybody who reaches that address could read all jobs.",
            advice="Set FLATIRON_FLOWER__BASIC_AUTH=user:password, or listen on 127.0.0.1.",
        )
    return arguments


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address. An empty one means every address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
