"""Browsers are told of changes of the job that they show, by one reader, until either side ends."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from flatiron_tasks.contracts.event import Event
from workers.web import live
from workers.web.live import Live

JOB, OTHER = "20260131-142501-7f3a9c0d", "20260131-142501-00000000"


class Stream:
    """A stream of events that a test writes."""

    def __init__(self) -> None:
        self.waiting: queue.Queue[Event | Exception] = queue.Queue()
        self.asked_after: list[str] = []

    def read(self, after: str, _seconds: float) -> list[tuple[str, Event]]:
        self.asked_after.append(after)
        try:
            found = self.waiting.get(timeout=0.05)
        except queue.Empty:
            return []
        if isinstance(found, Exception):
            raise found
        return [(f"{found.sequence}-0", found)]

    def tell(self, job_id: str, sequence: int) -> None:
        self.waiting.put(Event(1, sequence, job_id, "note", "rendering", 1, 0, 1, 0, "Moved.", "2026-01-31T14:30:00Z"))


@pytest.fixture(autouse=True)
def _no_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_TICK_S", 3600.0)
    monkeypatch.setattr(live, "_RETRY_S", 0.01)


def run(test: Callable[[Stream, Live], Awaitable[None]]) -> None:
    async def with_reader() -> None:
        stream = Stream()
        reader = Live(lambda: "0-0", stream.read)
        reader.start()
        try:
            async with asyncio.timeout(30):
                await test(stream, reader)
        finally:
            reader.end()

    asyncio.run(with_reader())


async def opened(hints: AsyncIterator[str]) -> None:
    """A browser that is connected is told to look at once."""
    assert "event: change" in await anext(hints)


def test_a_browser_hears_of_its_job_and_of_no_other() -> None:
    async def test(stream: Stream, reader: Live) -> None:
        async with aclosing(reader.hints(JOB)) as mine, aclosing(reader.hints("")) as every:
            await opened(mine)
            await opened(every)
            heard = asyncio.ensure_future(anext(mine))
            stream.tell(OTHER, 1)
            assert "change" in await anext(every)
            assert not heard.done()
            stream.tell(JOB, 2)
            assert "change" in await heard

    run(test)


def test_nothing_piles_up_for_a_browser_that_does_not_listen() -> None:
    async def test(stream: Stream, reader: Live) -> None:
        async with aclosing(reader.hints("")) as slow, aclosing(reader.hints(OTHER)) as fast:
            await opened(slow)
            await opened(fast)
            for number in range(1, 200):
                stream.tell(JOB, number)
            stream.tell(OTHER, 200)
            await anext(fast)
            await anext(slow)
            waits = asyncio.ensure_future(anext(slow))
            stream.tell(OTHER, 201)
            await anext(fast)
            await waits

    run(test)


def test_after_redis_was_away_every_browser_looks_again() -> None:
    async def test(stream: Stream, reader: Live) -> None:
        async with aclosing(reader.hints(JOB)) as hints:
            await opened(hints)
            stream.waiting.put(RedisConnectionError("away"))
            assert "change" in await anext(hints)
            stream.tell(JOB, 5)
            assert "change" in await anext(hints)

    run(test)


def test_the_end_of_the_server_ends_every_stream() -> None:
    async def test(_stream: Stream, reader: Live) -> None:
        hints = reader.hints(JOB)
        await opened(hints)
        reader.end()
        rest = [hint async for hint in hints]
        assert len(rest) <= 1

    run(test)


def test_a_page_too_many_is_refused_and_a_closed_one_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_BROWSERS", 1)

    async def test(_stream: Stream, reader: Live) -> None:
        async with aclosing(reader.hints(JOB)) as hints:
            await opened(hints)
            assert reader.is_full
        assert not reader.is_full

    run(test)


def test_a_browser_that_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_SEND_S", 0.01)

    async def test(_stream: Stream, reader: Live) -> None:
        async def send(_message: object) -> None:
            await asyncio.Event().wait()

        async def receive() -> dict[str, str]:
            await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        scope = {"type": "http", "asgi": {"spec_version": "2.4"}}
        await live.LiveResponse(reader.hints(JOB))(scope, receive, send)

    run(test)
