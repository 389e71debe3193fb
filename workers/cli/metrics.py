"""`flatiron metrics`: Prometheus metrics of the whole installation, from Redis. One per installation is enough."""

from __future__ import annotations

from typing import Annotated

import typer

from workers.cli.session import session_of

DEFAULT_PORT = 9488


def metrics(
    context: typer.Context,
    address: Annotated[str, typer.Option(help="Address to listen on. Nobody is asked for a password.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="TCP port to listen on.")] = DEFAULT_PORT,
    once: Annotated[bool, typer.Option("--once", help="Print the metrics and end.")] = False,
) -> None:
    """Serve metrics for Prometheus at every path. They name states, queues and farm managers, and no job.

    With --once and without Redis the exit code says so; a server says it as a metric.
    """
    from flatiron_tasks.pipeline.clock import RedisClock  # noqa: PLC0415 - `flatiron --help` needs no Redis client
    from flatiron_tasks.pipeline.store import TOOL_ANSWER_S, JobStore, connect  # noqa: PLC0415
    from workers.metrics.exposition import metrics_app, render_or_fail  # noqa: PLC0415

    session = session_of(context)
    artists = session.settings.artists
    client = connect(session.settings.redis_url, answer_s=TOOL_ANSWER_S)
    store = JobStore(client, RedisClock(client))
    if once:
        typer.echo(render_or_fail(store, artists=artists).decode(), nl=False)
        return
    session.set_up_service_logging()
    import uvicorn  # noqa: PLC0415 - only the server needs it

    from workers.web.connections import OPTIONS, ImpatientProtocol  # noqa: PLC0415

    served = metrics_app(store, artists=artists)
    uvicorn.run(
        served,
        host=address,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        http=ImpatientProtocol,
        ws="none",
        **OPTIONS,
    )
