"""Tells browsers that a job has changed, by server-sent events. What has changed they read from the page itself.

One thread reads the stream of events for all browsers. A browser is told that something changed, never what: however
slow it is, nothing piles up for it. One that takes nothing for seconds is dropped; it connects again by itself.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress

from redis.exceptions import RedisError
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from flatiron_tasks.contracts.errors import FlatironError
from flatiron_tasks.contracts.event import Event

MOST_BROWSERS = 200
_BLOCK_S = 1.0  # the reader looks this often whether it shall end
_RETRY_S = 2.0
_TICK_S = 5.0
_SEND_S = 10.0
_CHANGE, _TICK = "event: change\ndata:\n\n", "event: tick\ndata:\n\n"

log = logging.getLogger(__name__)


class _Browser:
    """One open page: of a job, or of all of them."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.changed = asyncio.Event()


class Live:
    """The reader of the events, and whom it tells."""

    def __init__(self, newest: Callable[[], str], read: Callable[[str, float], list[tuple[str, Event]]]) -> None:
        """`newest` gives the bookmark of the last event, `read` the events behind one, waiting so many seconds."""
        self._newest, self._read = newest, read
        self._browsers: set[_Browser] = set()
        self._ending = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._read_on, name="live", daemon=True)

    def start(self) -> None:
        """Begin to read; browsers are told in the event loop that runs now."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def end(self) -> None:
        """Let the reader and all streams end. May be called from anywhere, a signal handler too, and twice."""
        self._ending.set()
        self._tell(None)

    @property
    def is_full(self) -> bool:
        """Whether no more browsers can be told."""
        return len(self._browsers) >= MOST_BROWSERS

    async def hints(self, job_id: str) -> AsyncGenerator[str, None]:
        """Changes of one job, or of any with an empty id, as server-sent events, and a tick every few seconds."""
        browser = _Browser(job_id)
        self._browsers.add(browser)
        try:
            yield f"retry: {int(_RETRY_S * 1000)}\n{_CHANGE}"  # what changed while it was not connected
            while not self._ending.is_set():
                yield _CHANGE if await _comes(browser.changed) else _TICK
                browser.changed.clear()
        finally:
            self._browsers.discard(browser)

    def _read_on(self) -> None:
        after = ""
        while not self._ending.is_set():
            try:
                after = after or self._newest()
                events = self._read(after, _BLOCK_S)
            except (RedisError, OSError, FlatironError) as error:
                log.warning("no events for now: %s", error)
                after = ""
                self._ending.wait(_RETRY_S)
                self._tell(None)
                continue
            if events:
                after = events[-1][0]
                self._tell({event.job_id for _, event in events})

    def _tell(self, job_ids: set[str] | None) -> None:
        """Wake the browsers that look at one of these jobs; None for all browsers."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
                self._loop.call_soon_threadsafe(self._wake, job_ids)

    def _wake(self, job_ids: set[str] | None) -> None:
        for browser in self._browsers:
            if job_ids is None or not browser.job_id or browser.job_id in job_ids:
                browser.changed.set()


class LiveResponse(StreamingResponse):
    """A stream of hints to one browser."""

    media_type = "text/event-stream"

    def __init__(self, hints: AsyncIterator[str]) -> None:
        super().__init__(hints, headers={"X-Accel-Buffering": "no"})  # a proxy must not keep them back

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until either side ends. Whoever does not take a message in time is gone."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(_SEND_S):
                await send(message)

        with suppress(ClientDisconnect):  # TimeoutError is an OSError, which StreamingResponse takes for one
            await super().__call__(scope, receive, send_in_time)


async def _comes(event: asyncio.Event) -> bool:
    """Whether the event comes before the next tick."""
    try:
        async with asyncio.timeout(_TICK_S):
            await event.wait()
    except TimeoutError:
        return False
    return True
