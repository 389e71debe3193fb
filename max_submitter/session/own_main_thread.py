"""A main thread without Qt: a queue and timers that the caller pumps. For scripts, 3ds Max in batch, and tests."""

from __future__ import annotations

import heapq
import itertools
import queue
import time
from collections.abc import Callable

from flatiron_tasks.contracts.errors import FlatironError

Action = Callable[[], None]


class OwnMainThread:
    """`post` may be called from any thread; everything else belongs to the thread that pumps."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._actions: queue.SimpleQueue[Action] = queue.SimpleQueue()
        self._timers: list[tuple[float, int, Action]] = []
        self._numbers = itertools.count()
        self._now = now

    def post(self, action: Action) -> None:
        """Run an action at the next pump."""
        self._actions.put(action)

    def after(self, milliseconds: int, action: Action) -> None:
        """Run an action at the first pump after that time."""
        heapq.heappush(self._timers, (self._now() + milliseconds / 1000, next(self._numbers), action))

    def pump(self, seconds: float = 0.0) -> bool:
        """Run one action that is due, waiting for it at most this long. Returns whether there was one."""
        if self._timers and self._timers[0][0] <= self._now():
            heapq.heappop(self._timers)[2]()
            return True
        if self._timers:
            seconds = min(seconds, self._timers[0][0] - self._now())
        try:
            action = self._actions.get(timeout=seconds) if seconds > 0 else self._actions.get_nowait()
        except queue.Empty:
            return False
        action()
        return True

    def pump_until(self, condition: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Pump until the condition holds. Raises FlatironError naming `what` if it does not in time."""
        deadline = self._now() + seconds
        while not condition():
            if self._now() > deadline:
                raise FlatironError(f"Waited {seconds:g} s in vain until {what}.")
            self.pump(0.1)
