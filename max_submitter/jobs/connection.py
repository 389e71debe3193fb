"""Connections to Redis for what only reads: short time-outs, no blind retry. The only file here that makes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from flatiron_tasks.contracts.errors import SettingsError
from flatiron_tasks.contracts.redis_address import with_tls
from max_submitter.jobs.listener import StreamClient
from max_submitter.jobs.views import ViewClient

if TYPE_CHECKING:
    from types import ModuleType

_CONNECT_SECONDS: Final = 5
_ANSWER_SECONDS: Final = 5


class RedisClient(StreamClient, ViewClient, Protocol):
    """The part of `redis.Redis` (RESP2, bytes) that is used here."""


def redis_connector(url: str, *, block_seconds: float = 5) -> Callable[[], RedisClient]:
    """Makes clients; a listener lets them wait `block_seconds`. Imports redis-py when the first one is made."""

    def connect() -> RedisClient:
        redis = _redis()
        try:
            client: RedisClient = redis.Redis.from_url(
                with_tls(url),
                protocol=2,
                decode_responses=False,
                socket_connect_timeout=_CONNECT_SECONDS,
                socket_timeout=block_seconds + _ANSWER_SECONDS,  # the default would cut a longer wait short
                socket_keepalive=True,
                retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0),
            )
        except ValueError as error:
            raise SettingsError("The address of Redis is none.", advice="Write it as redis://host:6379/0.") from error
        return client

    return connect


def _redis() -> ModuleType:
    import redis.backoff  # noqa: PLC0415 - not there in every 3ds Max
    import redis.retry  # noqa: PLC0415

    return redis
