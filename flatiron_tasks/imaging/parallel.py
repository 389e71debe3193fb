"""Threads that work ahead while results are taken in order.

The order of results, and with it every byte that is made from them, never depends on the number of threads.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

Result = TypeVar("Result")

_MOST_THREADS = 16  # memory grows with the bands in flight
_SWITCH_SECONDS = 0.0005
"""How long a thread may keep the interpreter while another waits for it: with Python's 5 ms, threads that come out of a
compiled loop stand in line behind the one that reads small chunks."""


class Crew:
    """`threads` threads (0: one per processor, at most 16). Use it as a context manager.

    Leaving it waits for what runs and drops what waits, also after an error.
    """

    def __init__(self, threads: int = 0) -> None:
        self.threads = threads or min(os.cpu_count() or 1, _MOST_THREADS)
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="merge")

    def __enter__(self) -> Self:
        # For the whole process and for good: putting it back would disturb a crew beside this one.
        sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_SECONDS))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def submit(self, job: Callable[[], Result]) -> Future[Result]:
        """Start one job. A job must not wait for a job that may start after it, or all threads could wait."""
        return self._pool.submit(job)

    def in_order(
        self, jobs: Iterable[Callable[[], Result]], *, ahead: int | None = None, budget: int = 0
    ) -> Iterator[Result]:
        """Run `jobs` and yield their results in their order, at most `ahead` begun beyond the one that is awaited.

        With a `budget`, jobs that hold more bytes than that together (their `held_bytes`) are not begun at once, but
        one alone always is. `jobs` is iterated in the calling thread. The first error ends it.
        """
        depth = self.threads + 1 if ahead is None else ahead
        running: deque[tuple[Future[Result], int]] = deque()
        held = 0
        for job in jobs:
            weight: int = getattr(job, "held_bytes", 0)
            while running and (len(running) > depth or (budget and held + weight > budget)):
                first, lighter = running.popleft()
                yield first.result()
                held -= lighter
            running.append((self._pool.submit(job), weight))
            held += weight
        while running:
            yield running.popleft()[0].result()
