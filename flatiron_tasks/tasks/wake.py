"""Farm managers' notifications as wake-up calls for the sweep: they shorten the wait, and losing all loses nothing.

One listener per manager. A farm that works on many other people's jobs notifies of them too; only ours wake, and what
comes within a short while wakes once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from types import TracebackType

import redis

from flatiron_tasks.backburner.datagrams import PROGRESS, Notification
from flatiron_tasks.backburner.notifications import NotificationListener
from flatiron_tasks.backburner.session import Address
from flatiron_tasks.pipeline.store import JobStore

log = logging.getLogger(__name__)
GATHER_S = 0.1
"""Notifications come in bursts; the first waits so long for the others."""

REST_S = 0.5
"""Between two wake-ups of one manager."""

LISTING_AGE_S = 1.0
"""How old our list of our own jobs may be when an unknown one is heard of: others' jobs must not cost us much."""

NEW_MANAGERS_EVERY_S = 2.0


class Waker:
    """Listens to all managers that have jobs, from `__enter__` to `__exit__`. `wake` is called with "host:port"."""

    def __init__(self, store: JobStore, wake: Callable[[str], None]) -> None:
        self._store = store
        self._wake = wake
        self._ended = threading.Event()
        self._opened = ExitStack()
        self._bells: dict[str, Bell] = {}
        self._thread = threading.Thread(target=self._follow_managers, name="farm managers", daemon=True)

    def __enter__(self) -> Waker:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._opened.close()

    def _follow_managers(self) -> None:
        while not self._ended.is_set():
            try:
                for manager in self._store.managers():
                    if manager not in self._bells:
                        self._bells[manager] = self._opened.enter_context(Bell(self._store, manager, self._wake))
            except redis.RedisError as error:
                log.warning("No notifications for new farm managers: %s", error)
            self._ended.wait(NEW_MANAGERS_EVERY_S)


class Bell:
    """Wakes for one manager."""

    def __init__(
        self,
        store: JobStore,
        manager: str,
        wake: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        host, _, port = manager.rpartition(":")
        self._store, self._manager, self._wake, self._clock = store, manager, wake, clock
        self._handles: frozenset[str] = frozenset()
        self._read_at = float("-inf")
        self._rung = threading.Event()
        self._ended = threading.Event()
        self._listener = NotificationListener(Address(host, int(port)), self.hear)
        self._thread = threading.Thread(target=self._send, name=f"wake-ups for {manager}", daemon=True)

    def __enter__(self) -> Bell:
        self._thread.start()
        self._listener.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._listener.__exit__(kind, error, traceback)
        self._ended.set()
        self._rung.set()
        self._thread.join()

    @property
    def has_rung(self) -> bool:
        """Whether a wake-up is on its way."""
        return self._rung.is_set()

    def hear(self, notification: Notification) -> None:
        """Ring if a job of ours may look different after it."""
        job = notification.job if notification.kind in PROGRESS else None
        if job is not None and (job in self._handles or job in self._read_handles()):
            self._rung.set()

    def _read_handles(self) -> frozenset[str]:
        """Our jobs as the last sweep listed them; a handle that is not among ours any more does no harm."""
        now = self._clock()
        if now - self._read_at > LISTING_AGE_S:
            self._read_at = now
            with suppress(redis.RedisError):
                listing = self._store.sweeps.listing(self._manager)
                self._handles = frozenset(view.handle for view in listing.values())
        return self._handles

    def _send(self) -> None:
        while True:
            self._rung.wait()
            if self._ended.wait(GATHER_S):
                return
            self._rung.clear()
            try:
                self._wake(self._manager)
            except Exception as error:  # noqa: BLE001 - a wake-up that fails is a wake-up that is lost
                log.warning("No wake-up for %s: %s", self._manager, error)
            self._ended.wait(REST_S)
