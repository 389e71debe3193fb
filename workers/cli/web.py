"""`flatiron web`: the page of all jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from flatiron_tasks.settings import Settings
from workers.cli.session import session_of

if TYPE_CHECKING:
    from workers.web.site import Site


def web(
    context: typer.Context,
    address: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="TCP port to listen on.")] = None,
    url_prefix: Annotated[str | None, typer.Option(help="Path below which a proxy shows it.")] = None,
) -> None:
    """Serve the page of all jobs. Options win over the settings; passwords come from the settings only."""
    from workers.web.server import serve  # noqa: PLC0415 - `flatiron --help` needs no web server

    session, console = session_of(context), Console()
    session.set_up_service_logging()
    given = {"address": address, "port": port, "url_prefix": url_prefix}
    settings = session.with_overrides({"web": {key: value for key, value in given.items() if value is not None}})
    serve(_site(settings), lambda url: console.print(f"Jobs are shown at {url}", highlight=False, soft_wrap=True))


def _site(settings: Settings) -> Site:
    from flatiron_tasks.api import Desk  # noqa: PLC0415
    from workers.web.app import make_site  # noqa: PLC0415

    return make_site(Desk.open(settings), settings, metrics=_metrics(settings), queue_lengths=_queue_lengths(settings))


def _metrics(settings: Settings) -> Callable[[], tuple[bytes, str]]:
    """The metrics of the whole installation, as `flatiron metrics` serves them, and their content type."""
    from flatiron_tasks.pipeline.clock import RedisClock  # noqa: PLC0415
    from flatiron_tasks.pipeline.store import TOOL_ANSWER_S, JobStore, connect  # noqa: PLC0415
    from workers.metrics.exposition import CONTENT_TYPE, Scraper  # noqa: PLC0415

    client = connect(settings.redis_url, answer_s=TOOL_ANSWER_S)
    scraper = Scraper(JobStore(client, RedisClock(client)), settings.artists)
    return lambda: (scraper.text(), CONTENT_TYPE)


def _queue_lengths(settings: Settings) -> Callable[[], Mapping[str, int]]:
    """How many messages wait in each queue: Celery keeps a queue as a list of its name."""
    from flatiron_tasks.pipeline.store import TOOL_ANSWER_S, connect  # noqa: PLC0415
    from flatiron_tasks.tasks.queues import QUEUES, served_queues  # noqa: PLC0415

    client, queues = connect(settings.redis_url, answer_s=TOOL_ANSWER_S), served_queues(QUEUES, settings.artists)

    def lengths() -> Mapping[str, int]:
        pipe = client.pipeline(transaction=False)
        for queue in queues:
            pipe.llen(queue)
        return dict(zip(queues, pipe.execute(), strict=True))

    return lengths
