"""A clock that is moved by hand and asks Redis for the time all the same, as workers do: that is a command, too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import redis

from tests.integration.pipeline.moving_clock import MovingClock


class AskingClock(MovingClock):
    """Costs what the clock of the workers costs."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__()
        self._redis: Any = client  # redis-py types every reply as "perhaps awaitable"

    def now(self) -> datetime:
        """The moment that the benchmark has come to."""
        self._redis.time()
        return super().now()
