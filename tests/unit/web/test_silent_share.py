"""A share that hangs costs a page seconds; other pages and the health of the server do not wait for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.settings import Settings
from tests.unit.web.desk import HERE, JOB, FakeDesk
from workers.web.app import make_app, make_site
from workers.web.job_folder import JobShare
from workers.web.pulse import Pulse
from workers.web.share_calls import SENTENCE, ShareCalls

LOG = "t00002.019c14d3a000-0badcafe.log"


@pytest.fixture
def hung() -> Iterator[threading.Event]:
    """Looks that wait for it hang until the end of the test."""
    event = threading.Event()
    yield event
    event.set()


def test_a_look_that_hangs_is_left_behind(hung: threading.Event) -> None:
    calls = ShareCalls(patience_s=0.05)
    with pytest.raises(ShareError, match=SENTENCE):
        calls.ask(hung.wait)
    assert calls.ask(lambda: 7) == 7


def test_no_more_threads_hang_than_there_are(hung: threading.Event) -> None:
    calls, begun = ShareCalls(patience_s=0.05, most=2), list[int]()

    def look() -> bool:
        begun.append(1)
        return hung.wait()

    for _ in range(5):
        with pytest.raises(ShareError, match=SENTENCE):
            calls.ask(look)
    assert len(begun) == 2


def test_a_thread_that_comes_back_is_used_again(hung: threading.Event) -> None:
    calls = ShareCalls(patience_s=5.0, most=1)
    for _ in range(3):
        with pytest.raises(FileNotFoundError):
            calls.ask(lambda: Path("/nowhere/at/all").stat())
    hung.set()
    assert calls.ask(hung.wait)


async def _ask_while_pages_hang(app: object, hanging: list[str], then: list[str]) -> dict[str, httpx.Response]:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=HERE, timeout=30) as client:
        pages = [asyncio.create_task(client.get(path)) for path in hanging]
        answers = {path: await client.get(path) for path in then}
        return answers | dict(zip(hanging, await asyncio.gather(*pages), strict=True))


def test_pages_say_that_the_share_is_silent_and_others_do_not_wait(
    hung: threading.Event, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("attempts", "preview_versions", "log_tail", "preview"):
        monkeypatch.setattr(JobShare, name, lambda *_: hung.wait())
    site = make_site(FakeDesk(), Settings(network_folders=(tmp_path,)))
    calls = ShareCalls(patience_s=0.2, most=2)
    object.__setattr__(site, "share_calls", calls)
    pages = [f"/jobs/{JOB}", f"/jobs/{JOB}/passes/1", f"/jobs/{JOB}/logs/{LOG}", f"/jobs/{JOB}/textures/0/preview.png"]
    answers = asyncio.run(_ask_while_pages_hang(make_app(site), pages * 12, ["/health", "/"]))
    assert [answers[path].status_code for path in pages] == [200, 200, 503, 503]
    assert all(SENTENCE in answers[path].text for path in pages)
    assert (answers["/health"].status_code, answers["/"].status_code) == (200, 200)


def test_a_redis_that_hangs_is_not_healthy_and_holds_up_nothing(hung: threading.Event) -> None:
    async def look() -> list[bool]:
        pulse = Pulse(hung.wait, patience_s=0.05)
        return [await pulse.beats() for _ in range(4)]

    assert asyncio.run(look()) == [False] * 4


def test_a_redis_that_is_away_is_not_healthy() -> None:
    def away() -> None:
        raise RedisConnectionError("refused")

    assert asyncio.run(Pulse(away).beats()) is False
