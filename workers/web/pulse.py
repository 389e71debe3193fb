"""Whether Redis answers, asked so that the answer never waits for anything else this server does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import anyio.to_thread
from anyio import CapacityLimiter
from redis.exceptions import RedisError

PATIENCE_S = 5.0
_MOST_QUESTIONS = 2

log = logging.getLogger(__name__)


class Pulse:
    """Asks in threads of its own, two at most: a question that hangs is left behind."""

    def __init__(self, ask: Callable[[], object], *, patience_s: float = PATIENCE_S) -> None:
        """`ask` returns if Redis answers, and raises otherwise."""
        self._ask, self._patience_s = ask, patience_s
        self._threads: CapacityLimiter | None = None

    async def beats(self) -> bool:
        """Whether it answers in time."""
        self._threads = self._threads or CapacityLimiter(_MOST_QUESTIONS)  # belongs to the event loop that runs
        try:
            async with asyncio.timeout(self._patience_s):
                await anyio.to_thread.run_sync(self._ask, limiter=self._threads, abandon_on_cancel=True)
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            log.warning("Redis does not answer: %s", error or type(error).__name__)
            return False
        return True
