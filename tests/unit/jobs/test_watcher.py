"""The listener thread: every change is heard, also after trouble, and nothing ends it but `close`."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from functools import partial

import pytest

from flatiron_tasks.contracts.errors import ContractError, TransportError
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.contracts.job_view import JobView
from max_submitter.jobs import watcher
from max_submitter.jobs.listener import GapFound, Heard, UnreadableEvent
from max_submitter.jobs.redis_sentences import redis_sentence
from max_submitter.jobs.watcher import News, Watcher
from tests.unit.jobs.examples import BEGIN, JOB, view
from tests.waiting import wait_until

NOW = datetime(2026, 1, 31, 15, tzinfo=UTC)


class ScriptedEvents:
    """Gives one answer per round; an error is raised. Without more, nothing happens."""

    def __init__(self, *rounds: list[Heard] | Exception) -> None:
        self.rounds = deque(rounds)
        self.closed = False
        self.begun = 0

    def begin(self) -> None:
        self.begun += 1

    def hear(self) -> Iterable[Heard]:
        answer = self.rounds.popleft() if self.rounds else []
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.closed = True


class ScriptedViews:
    """A Redis that holds views; `publish_late` is what is published after the first question."""

    def __init__(self, *views: JobView) -> None:
        self.views = {item.job_id: item for item in views}
        self.late: list[JobView] = []
        self.asked: list[set[str]] = []
        self.left_out = ""
        self.closed = False

    def all(self) -> dict[str, JobView]:
        return dict(self.views)

    def some(self, job_ids: Collection[str]) -> dict[str, JobView]:
        self.asked.append(set(job_ids))
        answer = {job_id: item for job_id, item in self.views.items() if job_id in job_ids}
        self.views |= {item.job_id: item for item in self.late}
        return answer

    def now(self) -> datetime:
        return NOW

    def close(self) -> None:
        self.closed = True


def event(sequence: int) -> Event:
    return Event(1, sequence, JOB, "pass", "rendering", 2, 1, 1, 0, "A pass is merged.", BEGIN)


def rounds(events: ScriptedEvents, views: ScriptedViews, count: int) -> list[News]:
    told: list[News] = []
    watching = Watcher(events, views, told.append)
    for _ in range(count):
        watching.round()
    return told


def test_it_begins_with_everything_that_is_known() -> None:
    (first,) = rounds(ScriptedEvents(), ScriptedViews(view()), 1)
    assert first == News({JOB: view()}, is_everything=True, now=NOW)


def test_a_change_brings_the_view_of_that_job() -> None:
    told = rounds(ScriptedEvents([event(2)]), ScriptedViews(view(sequence=2)), 1)
    assert told[1:] == [News({JOB: view(sequence=2)}, is_everything=False, heard=(event(2),), now=NOW)]


def test_a_view_that_is_published_after_its_event_is_asked_for_again() -> None:
    views = ScriptedViews(view(sequence=1))
    views.late = [view(sequence=2)]
    told = rounds(ScriptedEvents([event(2)]), views, 3)
    assert [news.views[JOB].sequence for news in told[1:]] == [1, 2]
    assert len(views.asked) == 2


def test_a_gap_is_closed_by_reading_the_view() -> None:
    told = rounds(ScriptedEvents([GapFound(JOB, 2, 9)]), ScriptedViews(view(sequence=9)), 1)
    assert told[1].views[JOB].sequence == 9


def test_an_entry_that_nobody_can_read_makes_it_read_everything() -> None:
    odd = UnreadableEvent("1-1", ContractError("Another version."))
    told = rounds(ScriptedEvents([odd]), ScriptedViews(view()), 2)
    assert [news.is_everything for news in told] == [True, True]


def test_after_trouble_everything_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "_PAUSES_S", (0.0,))
    events, views = ScriptedEvents([], TransportError("Redis is away."), []), ScriptedViews(view())
    told: list[News] = []
    watching = Watcher(events, views, told.append)
    watching.start()
    wait_until(lambda: sum(news.is_everything for news in told) >= 2, what="everything was read again")
    watching.close()
    wait_until(lambda: not watching.is_alive(), what="the thread ended")
    assert any("Redis is away" in news.trouble for news in told)
    assert events.closed
    assert views.closed


def test_an_error_of_its_own_is_told_and_does_not_end_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watcher, "_PAUSES_S", (0.0,))
    events, told = ScriptedEvents(RuntimeError("a bug"), [event(2)]), list[News]()
    watching = Watcher(events, ScriptedViews(view(sequence=2)), told.append)
    watching.start()
    wait_until(lambda: any(news.heard for news in told), what="the next event was heard")
    watching.close()
    wait_until(lambda: not watching.is_alive(), what="the thread ended")
    assert any("a bug" in news.trouble for news in told)
    assert "a bug" in caplog.text


def test_the_place_in_the_stream_is_known_before_the_list_is_read() -> None:
    """What happens while the list is read is heard then, whatever another program on this machine heard meanwhile."""
    events, views = ScriptedEvents(), ScriptedViews(view())
    begun: list[int] = []
    read = views.all

    def read_all() -> dict[str, JobView]:
        begun.append(events.begun)
        return read()

    views.all = read_all  # type: ignore[method-assign]
    rounds(events, views, 1)
    assert begun == [1]


def test_why_redis_does_not_answer_is_said_in_words_for_an_artist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "_PAUSES_S", (0.0,))
    try:
        raise TransportError("Redis is away.", why="ConnectionError: Error 111") from ConnectionError(
            "Error 111 refused"
        )
    except TransportError as error:
        away = error
    told: list[News] = []
    explain = partial(redis_sentence, url="redis://artist:secret@farm-manager:6379/0")
    watching = Watcher(ScriptedEvents(away), ScriptedViews(), told.append, explain=explain)
    watching.start()
    wait_until(lambda: any(news.trouble for news in told), what="the trouble was told")
    watching.close()
    wait_until(lambda: not watching.is_alive(), what="the thread ended")
    (trouble,) = {news.trouble for news in told if news.trouble}
    assert trouble == "Nothing listens at farm-manager:6379. Start Redis there, or correct host and port."
