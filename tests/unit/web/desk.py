"""A desk in memory, and browsers that ask its pages without a network."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from flatiron_tasks.api import Desk, JobPage, JobRow, JobStatus, ManagerStatus
from flatiron_tasks.contracts.errors import StateError
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.pipeline.share_probe.health import NodeHealth
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.settings import Settings
from tests.unit.cli.statuses import job_status
from workers.web.app import make_app, make_site

JOB = "20260131-142501-7f3a9c0d"
HERE = "http://127.0.0.1"


@dataclass
class FakeDesk(Desk):
    """Knows some jobs; `asked` is what people asked for."""

    known: Sequence[JobStatus] = (job_status(("merged", "failed"), ("waiting",), state="failed", reason="No piece."),)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    is_away: bool = False

    def page(self, **_filters: Any) -> JobPage:
        rows = [
            JobRow(
                job.job_id,
                JobState(job.state),
                job.job_name,
                job.artist,
                job.farm,
                2,
                1,
                1,
                0,
                1.0,
                2.0,
                job.reason,
                False,
            )
            for job in self.known
        ]
        return JobPage(tuple(rows), "", len(rows))

    def counts(self) -> dict[JobState, int]:
        return dict.fromkeys(JobState, 1)

    def history(self, job_id: str) -> tuple[Event, ...]:
        return (Event(1, 1, job_id, "state", "failed", 2, 1, 1, 0, "It failed <b>badly</b>.", "2026-01-31T14:30:00Z"),)

    def managers(self) -> tuple[ManagerStatus, ...]:
        return ()

    def nodes(self) -> tuple[NodeHealth, ...]:
        return ()

    def troubles(self) -> tuple[str, ...]:
        return ()

    def job(self, job_id: str) -> JobStatus:
        for job in self.known:
            if job.job_id == job_id:
                return job
        raise StateError(f"Job {job_id} is unknown here.", advice="Check the id.")

    def last_event_id(self) -> str:
        if self.is_away:
            raise ConnectionError("refused")
        return "0-0"

    def events(self, after: str, *, block_seconds: float) -> list[tuple[str, Event]]:
        return []

    def requeue(self, job_id: str, passes: tuple[int, ...] = (), *, rerender: bool = False) -> str:
        self.asked.append(("rerender" if rerender else "requeue", job_id, passes))
        return "It is queued again."

    def cancel(self, job_id: str) -> str:
        self.asked.append(("cancel", job_id))
        raise StateError("It is done already.", advice="Nothing is needed.")


class Browser:
    """Asks the pages of an application, each request by itself; keeps cookies, follows no redirect."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self.cookies = httpx.Cookies()
        self.headers: dict[str, str] = {}

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self._ask("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self._ask("POST", path, **options)

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(
                transport=transport, base_url=HERE, cookies=self.cookies, headers=self.headers
            ) as client:
                answer = await client.request(method, path, **options)
                self.cookies = client.cookies
                return answer

        return asyncio.run(ask())


def browser(desk: Desk | None = None, folder: Path | None = None, **web: Any) -> Browser:
    """Somebody at the machine that serves the pages; `web` are settings of the pages."""
    settings = Settings.model_validate({"network_folders": [folder] if folder else [], "web": web})
    return Browser(make_app(make_site(desk or FakeDesk(), settings, queue_lengths=lambda: {"flatiron.merge": 3})))


def token_on(client: Browser, path: str = f"/jobs/{JOB}") -> str:
    """The token of the forms on a page; the cookie comes with it."""
    found = re.search(r'name="token" value="([0-9a-f]+)"', client.get(path).text)
    assert found
    return found[1]
