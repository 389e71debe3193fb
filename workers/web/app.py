"""The ASGI application: which address leads where, and what becomes of errors. Starts nothing by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from flatiron_tasks.api import Desk
from flatiron_tasks.contracts.errors import BadInputError, ShareError, StateError
from flatiron_tasks.settings import Settings
from workers.web import actions, pages
from workers.web.auth import accounts_of
from workers.web.csrf import FormTokens
from workers.web.gate import Gate, answered_hosts
from workers.web.job_folder import JobShare
from workers.web.live import Live
from workers.web.pulse import Pulse
from workers.web.site import Site, make_templates

_MOST_BODY = 64 * 1024
_TITLES = {403: "That is not allowed.", 404: "There is nothing here.", 405: "That cannot be done here."}


def make_site(
    desk: Desk,
    settings: Settings,
    *,
    metrics: Callable[[], tuple[bytes, str]] | None = None,
    queue_lengths: Callable[[], Mapping[str, int]] = dict,
) -> Site:
    """What the pages of one installation need. `metrics` gives a text for Prometheus and its content type."""
    prefix = settings.web.url_prefix.strip("/")
    root = f"/{prefix}" if prefix else ""
    return Site(
        desk=desk,
        settings=settings,
        root=root,
        live=Live(desk.last_event_id, lambda after, seconds: desk.events(after, block_seconds=seconds)),
        pulse=Pulse(desk.last_event_id),
        share=JobShare(settings.network_folders),
        tokens=FormTokens(root or "/"),
        templates=make_templates(root),
        metrics=metrics,
        queue_lengths=queue_lengths,
    )


def make_app(site: Site) -> Starlette:
    """The application. Raises SettingsError for pages that everybody could open."""
    gate = Middleware(
        Gate, accounts=accounts_of(site.settings), hosts=answered_hosts(site.settings), open_path=f"{site.root}/health"
    )
    routes = [Mount(site.root, routes=_routes())] if site.root else _routes()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        site.live.start()
        yield
        site.live.end()

    app = Starlette(
        routes=routes,
        middleware=[gate],
        exception_handlers={
            HTTPException: _refused,
            StateError: _state_error,
            ShareError: _share_error,
            BadInputError: _bad_input,
            RedisError: _no_redis,
        },
        lifespan=lifespan,
        max_body_size=_MOST_BODY,
    )
    app.state.site = site
    return app


def _routes() -> list[Route | Mount]:
    return [
        Route("/", pages.job_list),
        Route("/live", pages.live),
        Route("/farm", pages.farm),
        Route("/health", pages.health),
        Route("/metrics", pages.metrics),
        Route("/jobs/{job_id}", pages.job),
        Route("/jobs/{job_id}/live", pages.live),
        Route("/jobs/{job_id}/passes/{index:int}", pages.bake_pass),
        Route("/jobs/{job_id}/logs/{name}", pages.attempt_log),
        Route("/jobs/{job_id}/textures/{index:int}/preview.png", pages.preview),
        Route("/jobs/{job_id}/{action}", actions.act, methods=["POST"]),
        Mount("/static", StaticFiles(packages=[("workers.web", "static")])),
    ]


def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 400
    detail = error.detail if isinstance(error, HTTPException) else str(error)
    title = _TITLES.get(status, "That did not work.")
    return pages.error_page(request, status, title, "" if status == 405 else detail, "")


def _state_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StateError)  # noqa: S101 - Starlette's type of a handler is wider than what it calls
    return pages.unknown_job(request, error)


def _share_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ShareError)  # noqa: S101 - as above
    return pages.share_silent(request, error)


def _bad_input(request: Request, error: Exception) -> Response:
    assert isinstance(error, BadInputError)  # noqa: S101 - as above
    return pages.error_page(request, 400, error.what, error.why, error.advice)


def _no_redis(request: Request, _error: Exception) -> Response:
    url = request.app.state.site.settings.redis_url_shown
    advice = "The jobs go on by themselves when it is back. This page tries again."
    return pages.error_page(request, 503, "Redis does not answer.", f"It is expected at {url}.", advice)
