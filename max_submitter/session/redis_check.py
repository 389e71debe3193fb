"""Does Redis answer, and do workers take what is sent there? Asks a few harmless questions; never shows a password.

The only file outside `jobs` that imports redis-py, and only when it is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from flatiron_tasks.contracts.channels import ALIVE_KEY, account_of_url, front_desk_queue
from flatiron_tasks.contracts.redis_address import with_tls
from max_submitter.jobs.redis_sentences import redis_sentence

_SECONDS: Final = 5.0


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
        return redis_sentence(error, url)
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
