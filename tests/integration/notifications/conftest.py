"""An installation whose jobs end, and real receivers that are told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from flatiron_tasks.contracts.notice import Notice
from flatiron_tasks.notification_settings import NotificationSettings
from flatiron_tasks.notify.ways import ways
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.measures import RedisMeasures
from flatiron_tasks.pipeline.notifications import notify
from flatiron_tasks.pipeline.resume import move
from flatiron_tasks.pipeline.states import JobState, PassState, TextureState
from flatiron_tasks.pipeline.store import JobStore, NewTexture, connect
from flatiron_tasks.settings import Settings
from tests.integration.notifications.receivers import WebReceiver, serving
from tests.integration.pipeline.moving_clock import MovingClock

JOB = "20260131-142501-7f3a9c0d"
SECRET = "a-secret-of-this-test"
S = JobState


class Office:
    """Workers that tell of ends. `settings` may be changed between two ticks."""

    def __init__(self, client: redis.Redis, clock: MovingClock) -> None:
        self.client, self.clock = client, clock
        self.store = JobStore(client, clock)
        self.context = self._context(NotificationSettings())

    def _context(self, settings: NotificationSettings) -> Context:
        return Context(
            Settings(notifications=settings),
            self.store,
            self.clock,
            farms=lambda _manager: pytest.fail("no farm is needed"),
            send=lambda step: None,
            measures=RedisMeasures(self.client),
        )

    def configure(self, **settings: Any) -> None:
        self.context = self._context(NotificationSettings(**settings))

    def tick(self, *, after: float = 0.0) -> None:
        self.clock.advance(after)
        notify(self.context, ways(self.context.settings.notifications))

    def create(self, job_id: str = JOB, **fields: str) -> None:
        given = {
            "job_name": "Castle",
            "artist": "Ann",
            "host": "ws-12",
            "manager": "farm:3234",
            "network_folder": "//server/bakes",
            "output_folder": "C:/out",
            "passes_total": "3",
            "passes_merged": "0",
            "textures_total": "1",
            "textures_done": "0",
            "labels": json.dumps(["a", "b", "c"]),
        } | fields
        self.store.create(
            job_id,
            fields=given,
            passes=[PassState.MERGED, PassState.MERGED, PassState.FAILED],
            textures=[NewTexture(TextureState.WAITING, "C:/out/Castle.png", (0, 1, 2))],
            sentence="Submitted.",
        )

    def go(self, *states: JobState, job_id: str = JOB, **fields: str) -> None:
        """Change the state step by step; the last one with these fields."""
        for new in states:
            old = self.store.load(job_id).state
            given = fields if new is states[-1] else {}
            assert move(self.context, job_id, new, expected=old, sentence=f"It is {new}.", fields=given)

    def end(self, job_id: str = JOB) -> None:
        self.go(S.RENDERING, S.MERGING, S.DELIVERING, S.DONE, job_id=job_id)

    def fail(self, job_id: str = JOB) -> None:
        self.go(S.FAILED, job_id=job_id, reason="A piece is blank.", advice="Mend it.")

    def owed(self) -> int:
        return self.store.notices.count()


@pytest.fixture
def office(redis_server_url: str) -> Iterator[Office]:
    with connect(redis_server_url) as client:
        client.flushdb()
        office = Office(client, MovingClock())
        office.create()
        yield office


@pytest.fixture
def web() -> Iterator[WebReceiver]:
    with WebReceiver() as server, serving(server):
        yield server


@pytest.fixture
def told(office: Office, web: WebReceiver) -> Callable[[], list[Notice]]:
    """What the web server was told, by an office that is configured to tell it."""
    office.configure(webhook_url=web.url, webhook_secret=SECRET, link="https://td.example/jobs/{job_id}")
    return lambda: [Notice.from_json(post.body, source="post") for post in web.posts]
