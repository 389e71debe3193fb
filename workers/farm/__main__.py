"""`python -m workers.farm manager …` and `python -m workers.farm server …`: the local farm's two programs."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from flatiron_tasks.backburner.assumptions import RETRY_COUNT, RETRY_INTERVAL_S
from flatiron_tasks.contracts.errors import FarmRefusedError
from workers.farm.job_queue import QueuePolicy
from workers.farm.jobs import OnCompletion
from workers.farm.manager import ManagerSettings, run_manager
from workers.farm.server import RenderServer, ServerSettings

_ResultT = TypeVar("_ResultT")
app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)


@app.command()
def manager(
    *,
    state_dir: Annotated[Path, typer.Option(help="Folder of the queue; created if missing.")],
    host: Annotated[
        str, typer.Option(help="Address to listen on. There are no passwords: keep it local.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 3234,
    port_file: Annotated[Path | None, typer.Option(help="Where to write the port once it is open.")] = None,
    retry_count: Annotated[int, typer.Option(min=0, max=1024)] = RETRY_COUNT,
    retry_interval_s: Annotated[float, typer.Option(min=0.0)] = RETRY_INTERVAL_S,
    absent_after_s: Annotated[float, typer.Option(min=0.1, help="How long a lost server is waited for.")] = 10.0,
    on_completion: Annotated[OnCompletion, typer.Option(help="For jobs that do not say it.")] = OnCompletion.ARCHIVE,
    minute_s: Annotated[float, typer.Option(hidden=True, min=0.001)] = 60.0,
) -> None:
    """Keep the queue and hand out tasks."""
    policy = QueuePolicy(retry_count, retry_interval_s, on_completion)
    settings = ManagerSettings(state_dir, host, port, port_file, policy, absent_after_s, minute_s)
    _run(lambda stop: run_manager(settings, stop))


@app.command()
def server(
    *,
    manager: Annotated[str, typer.Option(metavar="HOST:PORT")],
    name: Annotated[str, typer.Option(help="Unique name of this server.")],
    group: Annotated[list[str] | None, typer.Option(help="Server group; may be given several times.")] = None,
    abandon_after_s: Annotated[
        float, typer.Option(min=1.0, help="Give up when the manager is away this long.")
    ] = 600.0,
) -> None:
    """Render tasks, one at a time."""
    host, _, port = manager.rpartition(":")
    if not host or not port.isdecimal():
        raise typer.BadParameter(f"{manager!r} is not HOST:PORT", param_hint="--manager")
    settings = ServerSettings(host, int(port), name, tuple(group or ()), abandon_after_s)
    try:
        if _run(lambda stop: RenderServer(settings, stop).run()):
            return
    except FarmRefusedError as error:
        typer.echo(str(error), err=True)
    raise typer.Exit(1)


def _run(serve: Callable[[asyncio.Event], Coroutine[Any, Any, _ResultT]]) -> _ResultT:
    """Run until done, or until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname).3s %(message)s")

    async def until_told() -> _ResultT:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        return await serve(stop)

    return asyncio.run(until_told())


if __name__ == "__main__":
    app()
