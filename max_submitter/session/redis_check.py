"""Does Redis answer, and do workers take what is sent there? Asks a few harmless questions; never shows a password.

The only file outside `jobs` that imports redis-py, and only when it is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from flatiron_tasks.contracts.channels import ALIVE_KEY, account_of_url, front_desk_queue
from flatiron_tasks.contracts.redis_address import with_tls

_SECONDS: Final = 5.0

_CAUSES: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (
        ("sslerror", "sslcert", "certificate"),
        "Redis at {where} and this machine do not agree on encryption. Write rediss:// or redis:// as it wants it.",
    ),
    (
        ("wrongpass", "noauth", "authenticationerror", "invalid password"),
        "Redis at {where} refuses user or password. Correct them in its address.",
    ),
    (("noperm", "nopermission"), "Redis at {where} does not let this account in. Ask the administrator."),
    (
        ("gaierror", "name or service", "getaddrinfo", "nodename"),
        "Nobody knows the host of Redis, {where}. Check how it is spelt.",
    ),
    (("refused",), "Nothing listens at {where}. Start Redis there, or correct host and port."),
    (
        ("timeouterror", "timed out", "timeout"),
        "Redis at {where} does not answer in time. Check that no firewall is in between, and that Redis listens there.",
    ),
    (
        ("connection closed", "reset by peer", "protocol error", "invalidresponse"),
        "What listens at {where} does not speak as Redis does. Check the port, and whether it wants rediss://.",
    ),
    (("valueerror",), "The address of Redis is none. Write it as redis://host:6379/0."),
)
"""Words in an error, in its class or in what caused it -> what to say."""
_NO_ENCRYPTION: Final = " Or it has no encryption there, and waits for more: then write redis://."


@dataclass(frozen=True)
class WorkersSeen:
    """What can be told of the workers."""

    ok: bool
    sentence: str


def redis_trouble(url: str, *, seconds: float = _SECONDS) -> str:
    """Why Redis does not answer, with the next step; empty if it does."""
    try:
        with _client(url, seconds) as client:
            client.ping()
    except ImportError as error:
        return f"This Python cannot speak with Redis: {error}. Install the package redis."
    except Exception as error:  # noqa: BLE001 - redis-py's errors are not known before it is imported
        return _sentence(error, url)
    return ""


def workers_seen(url: str, *, seconds: float = _SECONDS) -> WorkersSeen:
    """Whether workers run, as far as this account may look. Call it when Redis answers."""
    try:
        with _client(url, seconds) as client:
            if client.exists(ALIVE_KEY):
                return WorkersSeen(True, "Workers are running.")
            waiting = client.llen(front_desk_queue(account_of_url(url)))
    except Exception as error:  # noqa: BLE001 - as above
        return WorkersSeen(False, f"It cannot be told whether workers run: {error}. Ask the administrator.")
    if waiting:
        return WorkersSeen(
            False,
            f"{waiting} message(s) wait for a worker that takes none. Ask the administrator to start the workers.",
        )
    return WorkersSeen(True, "No message waits for the workers; that one runs is seen with the first job.")


@contextmanager
def _client(url: str, seconds: float) -> Iterator[Any]:
    import redis  # noqa: PLC0415 - not there in every 3ds Max
    import redis.backoff  # noqa: PLC0415
    import redis.retry  # noqa: PLC0415

    client = redis.Redis.from_url(
        with_tls(url),
        protocol=2,
        socket_connect_timeout=seconds,
        socket_timeout=seconds,
        retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0),
    )
    try:
        yield client
    finally:
        client.close()


def _sentence(error: Exception, url: str) -> str:
    """The cause is in the text or in the chain: redis-py has one class for most of them."""
    where = _where(url)
    known = " ".join(f"{type(item).__name__} {item}".lower() for item in _chain(error))
    for words, sentence in _CAUSES:
        if any(word in known for word in words):
            hint = _NO_ENCRYPTION if "timeout" in words and url.startswith("rediss") else ""
            return sentence.format(where=where) + hint
    return f"Redis at {where} cannot be reached: {error}. Check its address."


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _where(url: str) -> str:
    """Host and port without user and password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "its address"
    return f"{host or '?'}:{port or 6379}"
