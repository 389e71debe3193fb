"""One connection for all jobs of a manager: kept while it lives, opened again when it died, with back-off.

Threads may share it: requests go one at a time. A process that forks gets a connection of its own.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from flatiron_tasks.backburner import wire
from flatiron_tasks.backburner.backoff import Backoff
from flatiron_tasks.backburner.dialogue import Reply
from flatiron_tasks.backburner.session import Address, Session
from flatiron_tasks.contracts.errors import FarmError, FarmUnreachableError

# How long a manager keeps an idle connection is not known, and a firewall between may drop it without a word.
_IDLE_LIMIT_S: Final = 60.0


class KeptSession:
    """Hands requests to a session that it opens when one is needed.

    A request is never repeated: one that found the connection dead before it was sent goes over a new one, one whose
    reply was lost fails.
    """

    def __init__(
        self,
        address: Address,
        *,
        backoff: Backoff | None = None,
        clock: Callable[[], float] = time.monotonic,
        open_session: Callable[[Address], Session] = Session,
    ) -> None:
        self._address = address
        self._backoff = backoff or Backoff()
        self._clock = clock
        self._open_session = open_session
        self._session: Session | None = None
        self._last_use = 0.0
        self._was_lost = False
        self._process = os.getpid()
        self._lock = threading.Lock()

    def open(self) -> None:
        """Connect now, whatever the back-off says."""
        with self._lock:
            self._drop()
            self._connect()

    def close(self) -> None:
        """Let go of the connection. The next request opens another one."""
        with self._lock:
            self._drop()

    def request(self, *words: str) -> Reply:
        """One command line and its whole reply.

        Raises FarmUnreachableError at once, without trying, while the back-off lasts.
        """
        wire.command(*words)  # a request that cannot be said is no failure of the manager
        with self._lock:
            session = self._fit_session()
            with self._noting():
                reply = session.request(*words)
            self._last_use = self._clock()
            return reply

    def make_ready(self) -> None:
        """Connect unless there is a connection that will do. Raises what `request` does before it sends anything."""
        with self._lock:
            self._fit_session()

    def take_loss(self) -> bool:
        """Whether a connection was lost, not let go, since this was asked last: the manager may have been restarted."""
        with self._lock:
            was_lost, self._was_lost = self._was_lost, False
            return was_lost

    def _fit_session(self) -> Session:
        if self._session is not None and self._is_fit():
            return self._session
        self._drop()
        self._refuse_too_early()
        return self._connect()

    def _connect(self) -> Session:
        with self._noting():
            self._session = self._open_session(self._address)
        self._last_use = self._clock()
        return self._session

    def _is_fit(self) -> bool:
        if self._session is None or self._process != os.getpid():
            return False
        is_usable = self._session.is_usable()
        self._was_lost |= not is_usable
        return is_usable and self._clock() - self._last_use < _IDLE_LIMIT_S

    def _refuse_too_early(self) -> None:
        if (wait := self._backoff.wait_s) > 0:
            raise FarmUnreachableError(
                f"{self._address.name} has not answered for {self._backoff.failing_for_s:.0f} s",
                why=f"the next try is in {wait:.1f} s",
                advice="check that the manager runs, its host name and port, and the firewall",
            )

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except FarmError:
            self._backoff.failed()
            self._was_lost |= self._session is not None
            self._drop()
            raise
        self._backoff.succeeded()

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
        self._process = os.getpid()
