"""`flatiron farm manager` and `flatiron farm server`: the local farm's two programs."""

from __future__ import annotations

import platform
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import platformdirs
import typer

from flatiron_tasks.backburner.assumptions import MANAGER_PORT, RETRY_COUNT, RETRY_INTERVAL_S
from flatiron_tasks.contracts.errors import FarmUnreachableError
from workers.farm import faults
from workers.farm.access import read_token
from workers.farm.jobs import OnCompletion
from workers.farm.manager import ManagerSettings, run_manager
from workers.farm.policy import QueuePolicy
from workers.farm.server import RenderServer, ServerSettings
from workers.farm.service import run_until_told

TokenFile = Annotated[
    Path | None,
    typer.Option(help="File with a secret that job submissions and servers must know; the same for all of a farm."),
]
app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)


class Completion(StrEnum):
    """What becomes of a complete job that does not say it."""

    LEAVE = "leave"
    ARCHIVE = "archive"
    DELETE = "delete"


class Control(StrEnum):
    """Who may change the queue: whoever holds queue control, or everybody."""

    STRICT = "strict"
    LAX = "lax"


@app.command(epilog=f"Faults on request, for tests:\n\n{faults.documented()}")
def manager(
    *,
    state_dir: Annotated[
        Path | None, typer.Option(help="Folder of the queue, made if missing; by default in the user's state folder.")
    ] = None,
    host: Annotated[
        str,
        typer.Option(help="Address to listen on, 0.0.0.0 for servers on other hosts; needs --token-file or --open."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = MANAGER_PORT,
    token_file: TokenFile = None,
    is_open: Annotated[
        bool, typer.Option("--open", help="Let everybody who reaches the port run commands on the servers!")
    ] = False,
    port_file: Annotated[Path | None, typer.Option(help="Where to write the port once it is open.")] = None,
    servers: Annotated[int, typer.Option(min=0, max=64, help="Render servers to run on this machine, too.")] = 0,
    group: Annotated[list[str] | None, typer.Option(help="Group of these servers; repeatable.")] = None,
    on_completion: Annotated[
        Completion, typer.Option(help="What becomes of complete jobs that do not say it.")
    ] = Completion.ARCHIVE,
    completion_days: Annotated[float, typer.Option(min=0.0, help="How long such a job stays after it ended.")] = 0.0,
    retry_count: Annotated[
        int, typer.Option(min=0, max=1024, help="How often a server that failed on a job gets it again.")
    ] = RETRY_COUNT,
    retry_interval_s: Annotated[float, typer.Option(min=0.0, help="How long it waits for that.")] = RETRY_INTERVAL_S,
    absent_after_s: Annotated[float, typer.Option(min=0.1, help="How long a lost server is waited for.")] = 10.0,
    control: Annotated[
        Control, typer.Option(help="Strict: only the client that holds queue control changes anything.")
    ] = Control.LAX,
    part_gap_ms: Annotated[
        float, typer.Option(min=0.0, max=1000.0, help="Pause before each part of a reply, as of a real manager.")
    ] = 10.0,
    fault: Annotated[list[str] | None, typer.Option(metavar="NAME[=VALUE]", help="See below; repeatable.")] = None,
    minute_s: Annotated[float, typer.Option(hidden=True, min=0.001)] = 60.0,
) -> None:
    """Keep the queue and hand out tasks, until SIGTERM or Ctrl-C. State survives everything, SIGKILL included."""
    settings = ManagerSettings(
        state_dir or platformdirs.user_state_path("flatiron") / "farm",
        host,
        port,
        port_file,
        QueuePolicy(retry_count, retry_interval_s, OnCompletion(on_completion), completion_days),
        absent_after_s=absent_after_s,
        minute_s=minute_s,
        strict_control=control is Control.STRICT,
        part_gap_s=part_gap_ms / 1000,
        faults=faults.parse(fault or ()),
        servers=servers,
        groups=tuple(group or ()),
        token=read_token(token_file),
        is_open=is_open,
    )
    run_until_told(lambda stop: run_manager(settings, stop))


@app.command()
def server(
    *,
    manager: Annotated[str, typer.Option(metavar="HOST[:PORT]")],
    name: Annotated[str, typer.Option(help="Unique name of this server.")] = platform.node(),
    group: Annotated[list[str] | None, typer.Option(help="Server group; repeatable.")] = None,
    token_file: TokenFile = None,
    abandon_after_s: Annotated[
        float, typer.Option(min=1.0, help="Give up when the manager is away this long.")
    ] = 600.0,
) -> None:
    """Render tasks, one at a time. Runs on any machine that reaches the manager."""
    host, colon, port = manager.rpartition(":")
    host, port = (host, port) if colon else (manager, str(MANAGER_PORT))
    if not host or not port.isdecimal():
        raise typer.BadParameter(f"{manager!r} is not HOST:PORT", param_hint="--manager")
    settings = ServerSettings(host, int(port), name, tuple(group or ()), abandon_after_s, read_token(token_file))
    if not run_until_told(lambda stop: RenderServer(settings, stop).run()):
        raise FarmUnreachableError(
            f"The farm manager at {manager} was away for {abandon_after_s:g} s",
            advice="Start it, then this server again; or let the server wait longer with --abandon-after-s.",
        )
