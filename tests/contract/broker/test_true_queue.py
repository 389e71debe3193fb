"""What the front desk's identity rests on in kombu. If kombu changes, these tests fail before an attack succeeds."""

from __future__ import annotations

import inspect
import json
from importlib.metadata import version
from typing import Any

import pytest
import redis
from kombu import Connection, Queue
from kombu.transport.redis import Channel
from kombu.transport.virtual import base

from flatiron_tasks.tasks import true_queue
from flatiron_tasks.tasks.consumer import TRUE_QUEUE, CountingConsumer
from tests.integration.security.forgery import message

OWN = "flatiron.front-desk.bob"
OTHERS = "flatiron.front-desk.ann"


def test_the_version_is_the_one_that_this_was_proven_with() -> None:
    assert version("kombu") == true_queue.PROVEN_WITH


def test_kombu_hands_every_message_to_deliver_with_the_list_it_came_from() -> None:
    assert list(inspect.signature(base.Transport._deliver).parameters) == ["self", "message", "queue"]
    read = inspect.getsource(getattr(Channel, "_brpop_read"))  # noqa: B009 - not in the types of kombu
    assert "self.connection._deliver(" in read


def test_the_workers_consumer_asks_for_connections_by_a_name_that_celery_calls() -> None:
    from celery.worker.consumer import Consumer  # noqa: PLC0415

    assert "self.connection_for_read(" in inspect.getsource(Consumer.connect)
    assert CountingConsumer.connection_for_read is not Consumer.connection_for_read


def taken(url: str, *entries: str) -> list[Any]:
    """What a consumer of both queues gets of entries that Bob wrote into his own."""
    client = redis.Redis.from_url(url)
    client.flushdb()
    for entry in entries:
        client.lpush(OWN, entry)
    got: list[Any] = []
    with Connection(url, transport=TRUE_QUEUE) as connection:
        queues = [Queue(OWN, exchange=""), Queue(OTHERS, exchange="")]
        with connection.Consumer(queues, callbacks=[lambda _, taken: got.append(taken)], accept=["json"]):
            while len(got) < len(entries):
                connection.drain_events(timeout=10)
        for item in got:
            item.reject(requeue=True)
    return got


@pytest.mark.parametrize("claimed", [OTHERS, "flatiron.dispatch", "", None])
def test_a_message_says_where_it_was_taken_from_whatever_it_claims(redis_server_url: str, claimed: str | None) -> None:
    info = {"exchange": "celery", "routing_key": claimed}
    (got,) = taken(redis_server_url, message("flatiron.accept", ["x"], properties={"delivery_info": info}))
    assert got.delivery_info["routing_key"] == OWN
    assert got.delivery_info["exchange"] == ""


def test_a_message_that_is_put_back_goes_where_it_was_taken_from(redis_server_url: str) -> None:
    info = {"exchange": "", "routing_key": "flatiron.dispatch"}
    taken(redis_server_url, message("flatiron.dispatch", ["x"], properties={"delivery_info": info, "priority": 9}))
    client = redis.Redis.from_url(redis_server_url, decode_responses=True)
    assert client.llen(OWN) == 1
    assert not client.exists("flatiron.dispatch")
    assert json.loads(client.lrange(OWN, 0, -1)[0])["properties"]["delivery_info"]["routing_key"] == OWN


def test_two_messages_with_one_tag_are_two_messages(redis_server_url: str) -> None:
    one = message("flatiron.accept", ["x"], properties={"delivery_tag": "same"})
    got = taken(redis_server_url, one, one)
    assert len({item.delivery_tag for item in got}) == 2


def test_what_else_a_message_says_of_itself_is_dropped(redis_server_url: str) -> None:
    extra = {"reply_to": "flatiron.dispatch", "user_id": "ann", "expiration": "1"}
    (got,) = taken(redis_server_url, message("flatiron.accept", ["x"], properties=extra))
    assert set(got.properties) <= {"delivery_info", "delivery_tag", "priority", "body_encoding", "correlation_id"}


GARBAGE = (
    "garbage",
    b"\xff\xfe",
    "[]",
    "1",
    "{}",
    "[" * 100_000,
    '{"properties": []}',
    '{"body": "x", "properties": {"body_encoding": "base64"}, "headers": []}',
    '{"body": 1, "properties": {"body_encoding": "base64"}}',
)


@pytest.mark.parametrize("entry", GARBAGE, ids=range(len(GARBAGE)))
def test_an_entry_that_is_no_message_is_dropped_and_told_and_the_connection_stays(
    redis_server_url: str, entry: str | bytes
) -> None:
    client = redis.Redis.from_url(redis_server_url)
    client.flushdb()
    client.lpush(OWN, entry)
    client.lpush(OWN, message("flatiron.accept", ["honest"]))
    got: list[Any] = []
    dropped: list[str] = []
    with Connection(redis_server_url, transport=TRUE_QUEUE) as connection:
        connection.connect()
        transport: Any = connection.transport
        transport.on_unreadable = dropped.append
        channel: Any = connection.default_channel
        with connection.Consumer([Queue(OWN, exchange="")], callbacks=[lambda *taken: got.append(taken)]):
            before = channel.client.client_id()
            while not got:
                connection.drain_events(timeout=10)
            assert channel.client.client_id() == before
    assert dropped == [OWN]


def test_redis_py_asks_a_callback_what_an_answer_means() -> None:
    assert "response_callbacks[command_name](response" in inspect.getsource(redis.Redis.parse_response)
    read = inspect.getsource(getattr(Channel, "_brpop_read"))  # noqa: B009 - not in the types of kombu
    assert "self.client.parse_response(" in read
    assert "raise Empty()" in read
