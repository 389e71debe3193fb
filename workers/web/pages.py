"""The pages that show something. Each is whole without JavaScript; a browser with it loads the same page again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from flatiron_tasks.contracts.errors import ShareError, StateError
from flatiron_tasks.pipeline.states import JobState
from workers.web import job_page
from workers.web.job_folder import Attempt
from workers.web.live import LiveResponse
from workers.web.site import Site, job_id_of, render, site_of

_SeenT = TypeVar("_SeenT")
_S = JobState
TABS: dict[str, tuple[str, tuple[JobState, ...]]] = {
    "": ("All", ()),
    "active": ("Active", (_S.SUBMITTED, _S.RENDERING, _S.MERGING, _S.DELIVERING, _S.CANCELLING)),
    "failed": ("Failed", (_S.FAILED,)),
    "collect": ("To collect", (_S.READY_TO_COLLECT,)),
    "done": ("Done", (_S.DONE,)),
    "cancelled": ("Cancelled", (_S.CANCELLED,)),
}
_ROWS = 50
_NO_ATTEMPTS: tuple[Attempt, ...] = ()


@dataclass(frozen=True)
class NetworkFolder:
    """A network output folder as this machine sees it; sizes in bytes, `trouble` empty if it is there."""

    path: Path
    total: int
    free: int
    trouble: str


def job_list(request: Request) -> Response:
    """All jobs: tabs by state, filters, pages."""
    desk, asked = site_of(request).desk, request.query_params
    tab = asked.get("state", "") if asked.get("state", "") in TABS else ""
    filters = {name: asked.get(name, "").strip()[:100] for name in ("q", "artist", "farm")}
    page = desk.page(
        states=TABS[tab][1],
        text=filters["q"],
        artist=filters["artist"],
        farm=filters["farm"],
        after=asked.get("after", ""),
        count=_ROWS,
    )
    counts = desk.counts()
    given = {name: text for name, text in filters.items() if text}
    return render(
        request,
        "jobs.html",
        page=page,
        tab=tab,
        tabs=[(key, name, sum(counts[state] for state in states or counts)) for key, (name, states) in TABS.items()],
        filters=filters,
        filter_query=urlencode(given),
        next_query=urlencode({**({"state": tab} if tab else {}), **given, "after": page.after}),
        is_first=not asked.get("after"),
        farms=[manager.address for manager in desk.managers()],
        troubles=desk.troubles(),
    )


def job(request: Request) -> Response:
    """One job."""
    site, job_id = site_of(request), job_id_of(request)
    status = site.desk.job(job_id)
    attempts, trouble = _seen(site, lambda: site.share.attempts(job_id), _NO_ATTEMPTS)
    versions: dict[str, int] = {}
    if not trouble:
        versions, trouble = _seen(site, lambda: site.share.preview_versions(job_id), versions)
    everything = request.query_params.get("passes") == "all"
    return render(
        request,
        "job.html",
        job=status,
        tiles=job_page.tiles(status, attempts, everything=everything),
        pictures=job_page.pictures(status, versions),
        share_trouble=trouble,
        history=site.desk.history(job_id)[::-1],
        buttons=job_page.Buttons.of(status),
        is_moving=job_page.is_moving(status),
    )


def bake_pass(request: Request) -> Response:
    """One pass of a job: its attempts, why it failed, what can be done."""
    site, job_id = site_of(request), job_id_of(request)
    status, index = site.desk.job(job_id), request.path_params["index"]
    if index >= len(status.passes):
        raise HTTPException(404, f"Job {job_id} has no pass {index}.")
    attempts, trouble = _seen(site, lambda: site.share.attempts(job_id), _NO_ATTEMPTS)
    return render(
        request,
        "pass.html",
        job=status,
        tile=job_page.PassTile(status.passes[index], tuple(item for item in attempts if item.pass_index == index)),
        share_trouble=trouble,
        buttons=job_page.Buttons.of(status),
        is_moving=job_page.is_moving(status),
    )


def attempt_log(request: Request) -> Response:
    """The end of the log of one attempt. Raises ShareError."""
    site, job_id, name = site_of(request), job_id_of(request), request.path_params["name"]
    tail, attempts = site.share_calls.ask(lambda: (site.share.log_tail(job_id, name), site.share.attempts(job_id)))
    if tail is None:
        raise HTTPException(404, "This log is not there. Logs go with the job folder when a job is done.")
    attempt = next((item for item in attempts if item.log == name), None)
    return render(
        request,
        "log.html",
        job=site.desk.job(job_id),
        name=name,
        tail=tail,
        attempt=attempt,
        is_moving=attempt is not None and attempt.state == "running",
    )


def preview(request: Request) -> Response:
    """What is merged of a texture so far, as a small PNG. Raises ShareError."""
    site, job_id = site_of(request), job_id_of(request)
    textures, index = site.desk.job(job_id).textures, request.path_params["index"]
    name = textures[index].file_name if index < len(textures) else None
    picture = site.share_calls.ask(lambda: site.share.preview(job_id, name)) if name else None
    if picture is None:
        raise HTTPException(404, "There is no preview of this texture now.")
    return Response(picture, media_type="image/png")


def farm(request: Request) -> Response:
    """Managers, network folders, nodes and queues."""
    site = site_of(request)
    return render(
        request,
        "farm.html",
        managers=site.desk.managers(),
        folders=[_look_at(site, path) for path in site.settings.network_folders],
        nodes=site.desk.nodes(),
        queues=site.queue_lengths(),
    )


async def live(request: Request) -> Response:
    """Hints that something has changed: of one job, or of all."""
    site = site_of(request)
    if site.live.is_full:
        raise HTTPException(503, "Too many pages are open; this one is loaded again by hand.")
    return LiveResponse(site.live.hints(request.path_params.get("job_id", "")))


async def health(request: Request) -> Response:
    """Whether this server can do its work, for load balancers: it asks for no login and tells nothing else.

    It waits neither for pages that are under way nor for a Redis that hangs.
    """
    if await site_of(request).pulse.beats():
        return JSONResponse({"status": "ok", "redis": "ok"})
    return JSONResponse({"status": "failed", "redis": "unreachable"}, 503)


def metrics(request: Request) -> Response:
    """Metrics for Prometheus, if this server has any."""
    render_metrics = site_of(request).metrics
    if render_metrics is None:
        raise HTTPException(404, "This server has no metrics.")
    text, content_type = render_metrics()
    return Response(text, headers={"Content-Type": content_type})


def error_page(request: Request, status: int, title: str, why: str, advice: str) -> Response:
    """A page that says what is wrong."""
    return render(request, "error.html", status, title=title, why=why, advice=advice)


def unknown_job(request: Request, error: StateError) -> Response:
    """The page in the place of a job that nobody knows."""
    return error_page(request, 404, error.what, error.why, error.advice)


def share_silent(request: Request, error: ShareError) -> Response:
    """The page in the place of one that shows nothing but what is on the share."""
    return error_page(request, 503, error.what, error.why, error.advice)


def _seen(site: Site, look: Callable[[], _SeenT], otherwise: _SeenT) -> tuple[_SeenT, str]:
    """What stands on the share, and what is wrong with that: a page shows what it knows without it."""
    try:
        return site.share_calls.ask(look), ""
    except ShareError as error:
        return otherwise, error.what


def _look_at(site: Site, path: Path) -> NetworkFolder:
    try:
        usage = site.share_calls.ask(lambda: shutil.disk_usage(path))
    except ShareError as error:
        return NetworkFolder(path, 0, 0, error.what)
    except OSError as error:
        return NetworkFolder(path, 0, 0, error.strerror or str(error))
    return NetworkFolder(path, usage.total, usage.free, "")
