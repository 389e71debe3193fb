"""What the front desk's identity rests on in kombu. If kombu changes, these tests fail before an attack succeeds."""

from __future__ import annotations

import contextlib
import inspect
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import redis
from kombu import Connection, Queue
from kombu.common import ignore_errors
from kombu.pidbox import Mailbox
from kombu.transport.redis import Channel
from kombu.transport.virtual import base

from flatiron_tasks.tasks import true_queue
from flatiron_tasks.tasks.consumer import TRUE_QUEUE, CountingConsumer
from tests.integration.security.forgery import message
from workers.embedded.processes import ProcessGroup
from workers.embedded.redis_server import start_redis

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


def held_while_waiting(connection: Connection, url: str) -> Any:
    """A message that a worker has not acknowledged while it waits for the next one, and for remote control."""
    channel: Any = connection.default_channel
    redis.Redis.from_url(url).lpush(OWN, message("flatiron.accept", ["x"]))
    got: list[Any] = []
    connection.Consumer([Queue(OWN, exchange="")], callbacks=[lambda _, taken: got.append(taken)]).consume()
    mailbox: Any = Mailbox("celery", type="fanout")(connection)
    mailbox.Node("worker@here", channel=connection.channel()).listen()
    while not (got and channel._in_poll):
        with contextlib.suppress(TimeoutError):
            connection.drain_events(timeout=0.1)
    return got[0]


def close_as_celery_does(connection: Connection) -> None:
    """`Consumer.on_connection_error_after_connected`: any other error than those of the connection ends the worker."""
    with contextlib.suppress(Exception):
        connection.collect(socket_timeout=1)
    ignore_errors(connection, connection.close)


def test_celery_closes_a_lost_connection_as_this_was_tried() -> None:
    from celery.worker.consumer import Consumer  # noqa: PLC0415

    closes = inspect.getsource(Consumer.on_connection_error_after_connected)
    assert closes.index("self.connection.collect(") < closes.index("ignore_errors(connection, connection.close)")


def test_a_redis_that_dies_under_unacknowledged_work_ends_no_worker_and_loses_no_message(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path / "logs") as mortal:
        url = start_redis(mortal, tmp_path / "data")
        connection = Connection(url, transport=TRUE_QUEUE)
        held = held_while_waiting(connection, url)
        for process in mortal.processes:
            process.kill()
            process.wait()
    close_as_celery_does(connection)
    with pytest.raises(connection.connection_errors):  # Celery logs it, and goes on
        held.ack()
    with ProcessGroup(tmp_path / "logs") as processes:
        again = start_redis(processes, tmp_path / "data")
        with Connection(again, transport=TRUE_QUEUE, transport_options={"visibility_timeout": 0}) as anew:
            channel: Any = anew.default_channel
            channel.qos.restore_visible()
            assert redis.Redis.from_url(again).llen(OWN) == 1
