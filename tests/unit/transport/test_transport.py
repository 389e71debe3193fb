"""A submission is one small JSON message, sent once, and a failure says so within seconds."""

from __future__ import annotations

import base64
import json
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from kombu import Connection

from flatiron_tasks.contracts import channels
from flatiron_tasks.contracts.errors import BadInputError, SettingsError, TransportError
from flatiron_tasks.pipeline import store
from flatiron_tasks.tasks import queues
from max_submitter.jobs.redis_sentences import redis_sentence
from max_submitter.transport import CeleryTransport
from tests.unit.transport.real_redis import administrator, artist, redis_server

JOB_ID = "20260131-142501-7f3a9c0d"
ARTISTS_QUEUE = channels.front_desk_queue("artist")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with redis_server(tmp_path_factory.mktemp("redis")) as port:
        yield port


def judge(message: dict[str, Any]) -> None:
    """The message is the task's name and one job id, as JSON, and asks for no result."""
    assert message["content-type"] == "application/json"
    assert message["headers"]["task"] == channels.ACCEPT_TASK
    assert message["headers"]["ignore_result"] is True
    arguments, keywords, embed = json.loads(base64.b64decode(message["body"]))
    assert arguments == [JOB_ID]
    assert keywords == {}
    assert not any(embed.values())


def test_a_job_is_announced_by_one_json_message_with_its_id_alone() -> None:
    CeleryTransport("memory://").send(JOB_ID)
    with Connection("memory://") as connection:
        channel: Any = connection.channel()
        judge(channel._get(channels.FRONT_DESK_QUEUE))
        assert channel._size(channels.FRONT_DESK_QUEUE) == 0


def test_an_account_that_may_only_write_to_the_front_desk_is_enough(port: int) -> None:
    redis = administrator(port)
    redis.flushall()
    CeleryTransport(artist(port)).send(JOB_ID)
    assert redis.keys("*") == [ARTISTS_QUEUE.encode()]
    (message,) = redis.lrange(ARTISTS_QUEUE, 0, -1)
    judge(json.loads(message))


def test_a_request_is_one_message_to_the_same_queue_with_what_its_task_takes(port: int) -> None:
    redis = administrator(port)
    redis.flushall()
    CeleryTransport(artist(port)).ask(channels.REQUEUE_TASK, JOB_ID, [3, 1])
    assert redis.keys("*") == [ARTISTS_QUEUE.encode()]
    (message,) = (json.loads(entry) for entry in redis.lrange(ARTISTS_QUEUE, 0, -1))
    assert message["headers"]["task"] == channels.REQUEUE_TASK
    assert message["headers"]["argsrepr"] == f"job {JOB_ID} passes 3, 1"
    arguments, keywords, embed = json.loads(base64.b64decode(message["body"]))
    assert (arguments, keywords, any(embed.values())) == ([JOB_ID, [3, 1]], {}, False)


@pytest.mark.parametrize(
    ("task", "arguments"),
    [("flatiron.dispatch", ()), (channels.SET_PRIORITY_TASK, (100,)), (channels.GO_ON_TASK, (1,))],
)
def test_what_the_front_desk_would_refuse_is_not_even_sent(task: str, arguments: tuple[object, ...]) -> None:
    with pytest.raises(BadInputError):
        CeleryTransport("redis://127.0.0.1:1/0").ask(task, JOB_ID, *arguments)


def test_an_account_without_the_right_is_told_so_and_no_password_is_shown(port: int) -> None:
    url = artist(port)
    administrator(port).execute_command("ACL", "SETUSER", "artist", "-lpush")  # type: ignore[no-untyped-call]
    with pytest.raises(TransportError, match=r"lpush.*front-desk") as caught:
        CeleryTransport(url).send(JOB_ID)
    assert "secret" not in str(caught.value)
    with pytest.raises(TransportError, match="username-password"):
        CeleryTransport(url.replace("secret", "guess")).send(JOB_ID)


def test_a_full_redis_is_told_as_full_and_nobody_looks_for_a_fault_in_the_network(port: int) -> None:
    redis, url = administrator(port), artist(port)
    redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(TransportError, match="maxmemory") as caught:
            CeleryTransport(url).send(JOB_ID)
    finally:
        redis.config_set("maxmemory", "0")
    said = (caught.value.advice, redis_sentence(caught.value, url))
    assert all("is full" in text and "Nothing is lost: tell the TD" in text for text in said)
    assert "may connect" not in str(caught.value)
    assert "secret" not in str(said)


def test_a_redis_that_is_not_there_is_a_retryable_error_that_names_the_job() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(TransportError, match=JOB_ID) as caught:
            CeleryTransport(f"redis://127.0.0.1:{free.getsockname()[1]}/0").send(JOB_ID)
    assert caught.value.retryable


def test_a_redis_that_accepts_and_never_answers_is_given_up_without_a_second_try() -> None:
    connections: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        thread = threading.Thread(target=_accept_all, args=(silent, connections))
        thread.start()
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with pytest.raises(TransportError, match="Timeout"):
            CeleryTransport(url, timeout_seconds=0.2).send(JOB_ID)
        silent.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert len(connections) == 1
    for connection in connections:
        connection.close()


def _accept_all(server: socket.socket, connections: list[socket.socket]) -> None:
    while True:
        try:
            connections.append(server.accept()[0])
        except OSError:
            return


@pytest.mark.parametrize("url", ["", "127.0.0.1", "http://host", "redis://:pa55@host:port/0", "amqp://host"])
def test_an_address_that_is_none_is_refused_at_once_and_not_shown(url: str) -> None:
    with pytest.raises(SettingsError, match="address of Redis") as caught:
        CeleryTransport(url)
    assert "pa55" not in str(caught.value)


def test_a_python_without_celery_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "celery", None)
    with pytest.raises(SettingsError, match=r"Install celery and redis"):
        CeleryTransport("memory://").send(JOB_ID)


def test_submitter_and_workers_mean_the_same_queue_and_stream() -> None:
    assert queues.FRONT_DESK == channels.FRONT_DESK_QUEUE
    assert store.EVENTS_KEY == channels.EVENT_STREAM
