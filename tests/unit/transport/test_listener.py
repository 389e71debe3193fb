"""The listener hears every event once, in order, across absences, and reports what it cannot know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from flatiron_tasks.contracts.channels import EVENT_FIELD, EVENT_STREAM
from flatiron_tasks.contracts.errors import SettingsError, ShareError, TransportError
from flatiron_tasks.contracts.event import Event
from max_submitter.jobs.connection import redis_connector
from max_submitter.jobs.listener import Entry, EventListener, GapFound, Heard, UnreadableEvent
from tests.unit.transport.real_redis import administrator, artist, redis_server

MINE, OTHER = "20260131-142501-7f3a9c0d", "20260131-142502-00000000"
EVENT = Event(
    schema_version=1,
    sequence=1,
    job_id=MINE,
    kind="state",
    state="rendering",
    passes_total=2,
    passes_merged=0,
    textures_total=1,
    textures_done=0,
    sentence="The farm renders.",
    at="2026-01-31T14:25:01.250Z",
)


class FakeRedis:
    """A stream in memory. `broken` makes the next read fail, `starts` are the ids that were asked for."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.starts: list[str] = []
        self.broken: Exception | None = None
        self.opened = self.closed = 0

    def connect(self) -> FakeRedis:
        self.opened += 1
        return self

    def add(self, *events: Event | bytes) -> None:
        for event in events:
            data = event if isinstance(event, bytes) else event.to_json().encode()
            self.entries.append((f"{len(self.entries) + 1}-0".encode(), {EVENT_FIELD.encode(): data}))

    def xread(self, streams: dict[str, str], *, count: int, block: int) -> list[tuple[bytes, list[Entry]]]:
        ((key, after),) = streams.items()
        assert key == EVENT_STREAM
        self.starts.append(after)
        if self.broken is not None:
            error, self.broken = self.broken, None
            raise error
        found = [entry for entry in self.entries if int(entry[0][:-2]) > int(after[:-2])][:count]
        return [(EVENT_STREAM.encode(), found)] if found else []

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def stream() -> FakeRedis:
    return FakeRedis()


@pytest.fixture
def bookmark(tmp_path: Path) -> Path:
    return tmp_path / "events.json"


def hear(stream: FakeRedis, bookmark: Path, *job_ids: str) -> list[Heard]:
    """One round of a program that was just started."""
    return list(EventListener(stream.connect, bookmark).hear(job_ids or (MINE,)))


def event(sequence: int, job_id: str = MINE) -> Event:
    return replace(EVENT, sequence=sequence, job_id=job_id)


def test_events_are_heard_once_and_in_order_across_restarts(stream: FakeRedis, bookmark: Path) -> None:
    stream.add(event(1), event(2))
    assert hear(stream, bookmark) == [event(1), event(2)]
    assert hear(stream, bookmark) == []
    stream.add(event(3))
    assert hear(stream, bookmark) == [event(3)]


def test_what_happened_while_nobody_listened_is_heard_later(stream: FakeRedis, bookmark: Path) -> None:
    stream.add(event(1), event(2))
    hear(stream, bookmark)
    hear(stream, bookmark)
    assert stream.starts == ["0-0", "2-0"]


def test_only_the_asked_jobs_are_heard(stream: FakeRedis, bookmark: Path) -> None:
    stream.add(event(1), event(1, OTHER), event(2))
    assert hear(stream, bookmark) == [event(1), event(2)]
    stream.add(event(2, OTHER))
    assert hear(stream, bookmark, MINE, OTHER) == [GapFound(OTHER, 1, 2), event(2, OTHER)]


def test_a_gap_is_reported_before_the_event_that_shows_it(stream: FakeRedis, bookmark: Path) -> None:
    stream.add(event(1), event(4), event(5))
    assert hear(stream, bookmark) == [event(1), GapFound(MINE, 2, 4), event(4), event(5)]


def test_a_gap_between_two_runs_of_the_program_is_found(stream: FakeRedis, bookmark: Path) -> None:
    stream.add(event(1))
    hear(stream, bookmark)
    stream.add(event(3))
    assert hear(stream, bookmark) == [GapFound(MINE, 2, 3), event(3)]


def test_an_event_that_was_sent_twice_is_heard_once(stream: FakeRedis, bookmark: Path) -> None:
    stream.add(event(1), event(1), event(2))
    assert hear(stream, bookmark) == [event(1), event(2)]


def test_a_count_that_begins_anew_is_a_gap(stream: FakeRedis, bookmark: Path) -> None:
    stream.add(event(1), event(2), event(3), event(1))
    assert hear(stream, bookmark)[3:] == [GapFound(MINE, 4, 1), event(1)]


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b"\xff", EVENT.to_json().replace("1,", "2,", 1).encode()])
def test_an_unreadable_event_is_reported_and_does_not_stop_the_others(
    stream: FakeRedis, bookmark: Path, broken: bytes
) -> None:
    stream.add(event(1), broken, event(2))
    first, unreadable, last = hear(stream, bookmark)
    assert (first, last) == (event(1), event(2))
    assert isinstance(unreadable, UnreadableEvent)
    assert unreadable.entry_id == "2-0"
    assert "2-0" in str(unreadable.error)


def test_an_entry_without_the_field_is_reported(stream: FakeRedis, bookmark: Path) -> None:
    stream.entries.append((b"1-0", {b"other": b"x"}))
    (unreadable,) = hear(stream, bookmark)
    assert isinstance(unreadable, UnreadableEvent)


def test_a_round_that_was_left_half_way_comes_again(stream: FakeRedis, bookmark: Path) -> None:
    stream.add(event(1), event(2))
    interrupted = EventListener(stream.connect, bookmark).hear([MINE])
    assert next(interrupted) == event(1)
    assert hear(stream, bookmark) == [event(1), event(2)]


def test_a_lost_connection_is_an_error_and_the_next_round_connects_anew(stream: FakeRedis, bookmark: Path) -> None:
    listener = EventListener(stream.connect, bookmark)
    stream.add(event(1))
    assert list(listener.hear([MINE])) == [event(1)]
    for error in (redis.ConnectionError("gone"), redis.TimeoutError("slow"), OSError("reset")):
        stream.broken = error
        with pytest.raises(TransportError, match=str(error)):
            list(listener.hear([MINE]))
    stream.add(event(2))
    assert list(listener.hear([MINE])) == [event(2)]
    assert (stream.opened, stream.closed) == (4, 3)
    listener.close()
    assert stream.closed == 4


def test_a_bookmark_that_cannot_be_understood_is_a_missing_one(stream: FakeRedis, bookmark: Path) -> None:
    stream.add(event(1))
    for text in ("", "{}", '{"schema_version": 1, "last_id": "$", "sequences": {}}'):
        bookmark.write_text(text)
        assert hear(stream, bookmark) == [event(1)]


def test_a_bookmark_that_cannot_be_written_is_an_error(stream: FakeRedis, tmp_path: Path) -> None:
    stream.add(event(1))
    (tmp_path / "a file").touch()
    with pytest.raises(ShareError, match="a file"):
        hear(stream, tmp_path / "a file" / "events.json")


def test_two_panels_on_one_machine_both_hear_everything(stream: FakeRedis, bookmark: Path) -> None:
    first, second = EventListener(stream.connect, bookmark), EventListener(stream.connect, bookmark)
    for listener in (first, second):
        listener.begin()
    stream.add(event(1), event(2))
    assert list(first.hear([MINE])) == list(second.hear([MINE])) == [event(1), event(2)]
    assert list(first.hear([MINE])) == list(second.hear([MINE])) == []
    assert hear(stream, bookmark) == []


def test_a_panel_that_is_behind_never_makes_old_events_new(stream: FakeRedis, bookmark: Path) -> None:
    behind = EventListener(stream.connect, bookmark)
    behind.begin()
    stream.add(event(1))
    old = list(stream.entries)
    stream.add(event(2))
    assert len(hear(stream, bookmark)) == 2
    stream.entries, everything = old, stream.entries
    assert list(behind.hear([MINE])) == [event(1)]
    stream.entries = everything
    assert hear(stream, bookmark) == []


def test_a_place_that_redis_calls_impossible_is_a_missing_one(stream: FakeRedis, bookmark: Path) -> None:
    bookmark.write_text(json.dumps({"schema_version": 1, "last_id": "9" * 30 + "-0", "sequences": {MINE: "x"}}))
    stream.add(event(1))
    stream.broken = redis.ResponseError("Invalid stream ID specified as stream command argument")
    assert list(EventListener(stream.connect, bookmark).hear([MINE])) == [event(1)]
    assert hear(stream, bookmark) == []


def test_the_bookmark_remembers_watched_jobs_only(stream: FakeRedis, bookmark: Path) -> None:
    stream.add(event(1), event(1, OTHER))
    hear(stream, bookmark, MINE, OTHER)
    stream.add(event(2))
    hear(stream, bookmark, MINE)
    assert json.loads(bookmark.read_text())["sequences"] == {MINE: 2}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with redis_server(tmp_path_factory.mktemp("redis")) as port:
        yield port


def test_the_listener_reads_a_real_stream_with_the_artists_few_rights(port: int, bookmark: Path) -> None:
    listener = EventListener(redis_connector(artist(port), block_seconds=0.01), bookmark, block_seconds=0.01)
    assert list(listener.hear([MINE])) == []
    for sequence in (1, 2, 3):
        administrator(port).xadd(EVENT_STREAM, {EVENT_FIELD: event(sequence).to_json()})
    assert list(listener.hear([MINE])) == [event(1), event(2), event(3)]
    assert list(listener.hear([MINE])) == []
    listener.close()


def test_a_silent_or_impossible_redis_is_a_typed_error(bookmark: Path) -> None:
    with pytest.raises(TransportError):
        list(EventListener(redis_connector("redis://127.0.0.1:1/0"), bookmark).hear([MINE]))
    with pytest.raises(SettingsError, match="address"):
        list(EventListener(redis_connector("http://:pa55@host"), bookmark).hear([MINE]))
