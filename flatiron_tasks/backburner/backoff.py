"""When to try a manager again that did not answer: later and later, and not all clients at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable


class Backoff:
    """Doubles the wait after every failure, up to `longest_s`, and shortens it at random by up to a half.

    `clock` gives monotonic seconds, `chance` a number from 0 to 1.
    """

    def __init__(
        self,
        *,
        first_s: float = 0.5,
        longest_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._clock = clock
        self._chance = chance
        self._failures = 0
        self._failing_since = 0.0
        self._next_try = 0.0

    @property
    def wait_s(self) -> float:
        """Seconds until the next try makes sense; 0 for at once."""
        return max(0.0, self._next_try - self._clock()) if self._failures else 0.0

    @property
    def failing_for_s(self) -> float:
        """Seconds since the first failure after the last success; 0 while all is well."""
        return self._clock() - self._failing_since if self._failures else 0.0

    def failed(self) -> None:
        """Note a failure."""
        now = self._clock()
        if not self._failures:
            self._failing_since = now
        # 2.0 ** 1024 overflows; no wait doubles that often.
        wait = min(self._longest_s, self._first_s * 2.0 ** min(self._failures, 60))
        self._failures += 1
        self._next_try = now + wait * (1 - self._chance() / 2)

    def succeeded(self) -> None:
        """Note a success: all is forgotten."""
        self._failures = 0
