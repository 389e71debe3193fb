"""Prometheus' text format, and the tiny ASGI application that gives it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import redis
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from flatiron_tasks.pipeline.store import JobStore
from flatiron_tasks.tasks.queues import FRONT_DESK
from workers.metrics.collector import FlatironCollector
from workers.metrics.queue_ages import QueueAges

log = logging.getLogger(__name__)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The form of the format that every Prometheus reads."""

CACHE_S = 5.0
"""Several servers of Prometheus, and somebody who looks, cost no more than one. Below its usual interval, 15 s."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def new_ages() -> QueueAges:
    """The memory that a program which renders metrics again and again keeps between two renderings."""
    return QueueAges(not_believed=FRONT_DESK)


def render_metrics(store: JobStore, ages: QueueAges | None = None, *, artists: Sequence[str] = ()) -> bytes:
    """All metrics. Without Redis there is one: that it is away. `artists` are those of the settings."""
    try:
        return render_or_fail(store, ages, artists=artists)
    except redis.RedisError as error:
        log.warning("no metrics: %s", error)
        return generate_latest(_registry(up=False))


def render_or_fail(store: JobStore, ages: QueueAges | None = None, *, artists: Sequence[str] = ()) -> bytes:
    """All metrics. Raises the errors of redis-py."""
    registry = _registry(up=True)
    registry.register(FlatironCollector(store, ages or new_ages(), artists))
    return generate_latest(registry)


class Scraper:
    """Renders metrics for whoever asks, at most once in `CACHE_S`: scrapes that overlap share one rendering."""

    def __init__(
        self, store: JobStore, artists: Sequence[str] = (), *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._artists, self._clock = store, artists, clock
        self._ages, self._lock = new_ages(), threading.Lock()
        self._text, self._until = b"", 0.0

    def text(self) -> bytes:
        """All metrics, some seconds old at most."""
        with self._lock:
            if not self._text or self._clock() >= self._until:
                self._text = render_metrics(self._store, self._ages, artists=self._artists)
                self._until = self._clock() + CACHE_S
            return self._text


def _registry(*, up: bool) -> CollectorRegistry:
    registry = CollectorRegistry()
    Gauge("flatiron_redis_up", "Whether Redis answers.", registry=registry).set(up)
    return registry


def metrics_app(store: JobStore, *, artists: Sequence[str] = ()) -> Application:
    """An ASGI application that answers every GET with all metrics; mount it where they shall be."""
    scraper = Scraper(store, artists)

    async def application(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(f"metrics are not served over {scope['type']}")
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, b"GET only\n", scope)
            return
        await _answer(send, 200, await asyncio.to_thread(scraper.text), scope)

    return application


async def _answer(send: Send, status: int, body: bytes, scope: Message) -> None:
    headers = [(b"content-type", CONTENT_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
