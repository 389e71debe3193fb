"""The clock, injected: tests move it, nothing else calls `datetime.now()`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import redis


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The moment, with time zone UTC."""
        ...


class RedisClock:
    """The clock of the Redis server: one for all workers, however wrong the clocks of their machines are."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis: Any = client  # redis-py types every reply as "perhaps awaitable"

    def now(self) -> datetime:
        """The moment, with time zone UTC. Raises the connection errors of redis-py."""
        seconds, microseconds = self._redis.time()
        return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)
