"""Every page shows what the desk says, and nothing that a job says becomes part of the page itself."""

from __future__ import annotations

import pytest

from tests.unit.cli.statuses import job_status
from tests.unit.web.desk import JOB, FakeDesk, browser
from workers.web import job_page

EVIL = "<script>alert(1)</script>"
PAGES = ("/", f"/jobs/{JOB}", f"/jobs/{JOB}/passes/1", "/farm")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_without_javascript(path: str) -> None:
    answer = browser().get(path)
    assert answer.status_code == 200
    assert "</html>" in answer.text
    assert "<main" in answer.text


def test_a_job_shows_why_it_failed_and_what_happened() -> None:
    text = browser().get(f"/jobs/{JOB}").text
    assert "No piece." in text
    assert "It failed &lt;b&gt;badly&lt;/b&gt;." in text
    assert "Object1" in text


@pytest.mark.parametrize("path", PAGES[:3])
def test_nothing_that_a_job_says_becomes_markup(path: str) -> None:
    evil = job_status(
        ("failed",) * 2, ("failed",), job_name=EVIL, artist=EVIL, reason=EVIL, advice=EVIL, state="failed"
    )
    text = browser(FakeDesk(known=[evil])).get(path).text
    assert EVIL not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("search", ['"><script>', "' onfocus='x"])
def test_nothing_that_somebody_seeks_becomes_markup(search: str) -> None:
    assert search not in browser().get("/", params={"q": search}).text


def test_an_unknown_job_is_a_page_that_says_what_to_do() -> None:
    answer = browser().get("/jobs/20990101-000000-00000000")
    assert answer.status_code == 404
    assert "Check the id." in answer.text


@pytest.mark.parametrize("path", ["/jobs/UPPER", f"/jobs/{JOB}/passes/99", "/nowhere", f"/jobs/{JOB}/passes/-1"])
def test_what_is_not_there_is_a_page_that_says_so(path: str) -> None:
    answer = browser().get(path)
    assert answer.status_code == 404
    assert "There is nothing here." in answer.text


def test_health_tells_whether_redis_answers_and_nothing_else() -> None:
    assert browser().get("/health").json() == {"status": "ok", "redis": "ok"}
    answer = browser(FakeDesk(is_away=True)).get("/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "failed", "redis": "unreachable"})


def test_queue_lengths_are_shown() -> None:
    text = browser().get("/farm").text
    assert "flatiron.merge" in text
    assert ">3<" in text


def test_metrics_are_not_there_until_something_renders_them() -> None:
    assert browser().get("/metrics").status_code == 404


def test_below_a_prefix_every_address_has_it() -> None:
    client = browser(url_prefix="bakes")
    text = client.get(f"/bakes/jobs/{JOB}").text
    assert 'href="/bakes/static/flatiron.css"' in text
    assert f'action="/bakes/jobs/{JOB}/requeue"' in text
    assert client.get("/bakes/static/flatiron.css").status_code == 200


def test_of_very_many_passes_those_that_need_somebody_come_first() -> None:
    states = ["merged"] * 600
    states[555] = "failed"
    status = job_status(states)
    shown = job_page.tiles(status, (), everything=False)
    assert len(shown) == job_page.MOST_TILES
    assert shown[0].status.index == 555
    assert len(job_page.tiles(status, (), everything=True)) == 600


@pytest.mark.parametrize(("priority", "shown"), [(None, 'placeholder="as sent"'), (0, 'value="0"'), (7, 'value="7"')])
def test_the_priority_that_is_shown_is_the_one_that_was_wished_for(priority: int | None, shown: str) -> None:
    running = job_status(("waiting",), ("waiting",), state="rendering", priority=priority)
    text = browser(FakeDesk(known=[running])).get(f"/jobs/{JOB}").text
    assert f'max="99" {shown} required' in text
