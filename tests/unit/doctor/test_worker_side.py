"""What workers take from the doctor, and from nobody else; what they write is read with care."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from flatiron_tasks.contracts.errors import BadInputError, ForbiddenError
from flatiron_tasks.pipeline.store import connect
from flatiron_tasks.settings import Settings
from tests.unit.doctor.facts import report
from workers.doctor import answer_book
from workers.doctor.worker_side import answer_ping, queue_of

NONCE = "0123456789abcdef" * 2


@pytest.fixture
def client(redis_server_url: str) -> Iterator[Any]:
    with connect(redis_server_url) as client:
        client.flushdb()
        yield client


def test_a_ping_is_answered_for_a_while(client: Any, redis_server_url: str) -> None:
    answer_ping(Settings(redis_url=redis_server_url), NONCE, "flatiron.merge", "a@one")
    assert answer_book.read(client, NONCE).pings["flatiron.merge"].worker == "a@one"
    assert 0 < client.ttl(answer_book.key_of(NONCE)) <= answer_book.KEPT_S


@pytest.mark.parametrize("nonce", ["", "None", "../../etc", "A" * 32, NONCE + "\n", NONCE * 2])
def test_a_ping_names_no_other_key(client: Any, redis_server_url: str, nonce: str) -> None:
    with pytest.raises(BadInputError):
        answer_ping(Settings(redis_url=redis_server_url), nonce, "flatiron.merge", "a@one")
    assert client.keys("*") == []


def test_artists_ping_nobody() -> None:
    artists = ("Ann",)
    assert queue_of({"routing_key": "flatiron.front-desk.td"}, artists) == "flatiron.front-desk.td"
    assert queue_of({"routing_key": "flatiron.merge"}, artists) == "flatiron.merge"
    with pytest.raises(ForbiddenError):
        queue_of({"routing_key": "flatiron.front-desk.ann"}, artists)


def test_a_report_is_read_back_as_it_was_written(client: Any) -> None:
    answer_book.write(client, NONCE, "worker a@one", report("a@one"))
    assert answer_book.read(client, NONCE).reports == {"a@one": report("a@one")}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"worker": 7}', "no json"])
def test_a_report_in_another_form_is_told_apart_from_silence(client: Any, text: str) -> None:
    client.hset(answer_book.key_of(NONCE), "worker b@two", text)
    answers = answer_book.read(client, NONCE)
    assert (answers.reports, answers.unreadable) == ({}, ("b@two",))


def test_a_newer_worker_may_say_more(client: Any) -> None:
    text = json.dumps({**report("a@one").model_dump(), "mood": "good"})
    client.hset(answer_book.key_of(NONCE), "worker a@one", text)
    assert "a@one" in answer_book.read(client, NONCE).reports
