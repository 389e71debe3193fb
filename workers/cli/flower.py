"""`flatiron flower`: the Flower dashboard, with safe defaults. Flower itself decides what it shows."""

from __future__ import annotations

import ipaddress
import os
from importlib.metadata import version
from typing import Annotated

import typer

from flatiron_tasks.contracts.errors import SettingsError
from flatiron_tasks.settings import FlowerSettings, Settings
from workers.cli.session import session_of

OLDEST = (2, 2, 0)
"""In older ones any web page can press the dashboard's buttons in the browser of a TD (CVE-2022-51020)."""

_SAVE_EVERY_MS = 5000
_PROVIDERS = {
    "google": "flower.views.auth.GoogleAuth2LoginHandler",
    "github": "flower.views.auth.GithubLoginHandler",
    "gitlab": "flower.views.auth.GitLabLoginHandler",
    "okta": "flower.views.auth.OktaLoginHandler",
}


def flower(
    context: typer.Context,
    address: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="TCP port to listen on.")] = None,
    read_only: Annotated[
        bool | None,
        typer.Option("--read-only/--control", help="Whether it only shows, or can re-queue and stop tasks too."),
    ] = None,
    url_prefix: Annotated[str | None, typer.Option(help="Path below which a proxy shows it.")] = None,
) -> None:
    """Run the dashboard. Options win over the settings; logins come from the settings only."""
    from flatiron_tasks.tasks.app import make_app  # noqa: PLC0415 - Celery loads slowly

    check_version(version("flower"))
    session = session_of(context)
    given = {"address": address, "port": port, "read_only": read_only, "url_prefix": url_prefix}
    settings = session.with_overrides({"flower": {key: value for key, value in given.items() if value is not None}})
    arguments = flower_arguments(settings, session.log_level)
    settings.flower_state_file.parent.mkdir(parents=True, exist_ok=True)
    code: int | None = make_app(settings).start(arguments)
    raise typer.Exit(code or 0)


def flower_arguments(settings: Settings, log_level: str) -> list[str]:
    """Flower's own command line. Raises SettingsError for a dashboard that strangers could open or use."""
    options = settings.flower
    arguments = [
        "flower",
        f"--conf={os.devnull}",  # else it runs a flowerconfig.py that lies in the folder where it starts
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
    return arguments + _login(options)


def _login(options: FlowerSettings) -> list[str]:
    """How people show who they are. Not on a command line that others see: Flower runs in this very process."""
    if options.oauth_provider:
        return _oauth(options)
    if options.basic_auth is not None:
        return [f"--basic-auth={options.basic_auth.get_secret_value()}"]
    if not options.read_only:
        raise SettingsError(
            "Flower would let everybody on this machine start and stop tasks.",
            why="Without a login it also cannot tell its own buttons from those of a strange web page.",
            advice="Set FLATIRON_FLOWER__BASIC_AUTH=user:password or OAuth, or leave it read-only.",
        )
    if not is_loopback(options.address):
        raise SettingsError(
            f"Flower would listen on {options.address or 'every address'} without asking for a password.",
            why="Everybody who reaches that address could read all jobs.",
            advice="Set FLATIRON_FLOWER__BASIC_AUTH=user:password or OAuth, or listen on 127.0.0.1.",
        )
    return []


def _oauth(options: FlowerSettings) -> list[str]:
    needed = {
        "oauth_emails": options.oauth_emails,
        "oauth_key": options.oauth_key,
        "oauth_secret": options.oauth_secret.get_secret_value() if options.oauth_secret else "",
        "oauth_redirect_url": options.oauth_redirect_url,
    }
    missing = [f"flower.{name}" for name, value in needed.items() if not value]
    if missing:
        raise SettingsError(
            f"Flower cannot let people log in with {options.oauth_provider}.",
            why=f"Missing: {', '.join(missing)}.",
            advice="Set them; deploy/flatiron.example.toml says what each is. The secret belongs into the environment.",
        )
    if options.basic_auth is not None:
        raise SettingsError(
            "Flower has two kinds of login: flower.basic_auth and flower.oauth_provider.",
            why="It would ask everybody for both.",
            advice="Leave one of them out.",
        )
    return [
        f"--auth-provider={_PROVIDERS[options.oauth_provider]}",
        f"--auth={needed['oauth_emails']}",
        f"--oauth2-key={needed['oauth_key']}",
        f"--oauth2-secret={needed['oauth_secret']}",
        f"--oauth2-redirect-uri={needed['oauth_redirect_url']}",
    ]


def check_version(installed: str) -> None:
    """Raises SettingsError for a Flower that is known to be unsafe."""
    numbers = tuple(int(part) for part in installed.split(".")[:3] if part.isdigit())
    if numbers < OLDEST:
        raise SettingsError(
            f"Flower {installed} is installed.",
            why="Before 2.2.0, any web page could press its buttons in the browser of somebody who is logged in.",
            advice="Install Flower 2.2.0 or newer: pip install --upgrade 'flower>=2.2.0'.",
        )


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address. An empty one means every address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
