"""Jobs of a crew whose results one thread takes in order, as many begun as keeps the crew busy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from flatiron_tasks.imaging.parallel import Crew

Result = TypeVar("Result")


class OrderedJobs(Generic[Result]):
    """Runs jobs in `crew` and gives their results to `take` in the order of the jobs.

    `take` runs in the thread that calls `add` and `finish`. An error of a job comes out there, too.
    """

    def __init__(self, crew: Crew, take: Callable[[Result], object]) -> None:
        self._crew = crew
        self._take = take
        self._begun: deque[Future[Result]] = deque()

    def add(self, job: Callable[[], Result]) -> None:
        """Begin `job`; waits for the oldest ones while too many are begun."""
        self._begun.append(self._crew.submit(job))
        while len(self._begun) > self._crew.threads + 1:
            self._take(self._begun.popleft().result())

    def finish(self) -> None:
        """Wait for all jobs."""
        while self._begun:
            self._take(self._begun.popleft().result())

    def drop(self) -> None:
        """Forget the jobs whose results are not taken yet; those that run go on to their end."""
        while self._begun:
            self._begun.popleft().cancel()
