"""Who works on what, in Redis: leases on parts of jobs, and what only one process does at a time, or once in a while.

Leases are used through `lease.py`, which renews them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import redis

from flatiron_tasks.contracts.errors import StateError
from flatiron_tasks.pipeline.artist_book import Run


class ClaimBook:
    """Claims of all processes of one installation. All of them expire by themselves."""

    def __init__(self, client: Any, prefix: str, run: Run) -> None:
        self._redis = client
        self._prefix = prefix
        self._run = run

    def claim(self, job_id: str, what: str, milliseconds: int) -> int | None:
        """Take the lease on a piece of work: a fencing token, or None if somebody else holds it. See `lease.py`."""
        token = int(self._run("claim", job_id, what, str(milliseconds)))
        if token < 0:
            raise StateError(f"Job {job_id} is unknown here.")
        return token or None

    def renew(self, job_id: str, what: str, token: int, milliseconds: int) -> bool:
        """Prolong a lease, or give it back with 0 milliseconds. Returns False if it was lost."""
        return bool(self._run("renew", job_id, what, str(token), str(milliseconds)))

    def is_claimed(self, job_id: str, what: str) -> bool:
        """Whether some process works on it now."""
        return bool(self._redis.exists(f"{self._prefix}:lease:{job_id}:{what}"))

    def claimed(self, job_id: str, whats: Sequence[str]) -> frozenset[str]:
        """On which of these some process works now."""
        tokens = self._redis.mget([f"{self._prefix}:lease:{job_id}:{what}" for what in whats]) if whats else []
        return frozenset(what for what, token in zip(whats, tokens, strict=True) if token)

    @contextmanager
    def only_one(self, what: str, *, seconds: float) -> Iterator[bool]:
        """Whether this process is the only one in the block, for work that may safely overlap after `seconds`."""
        lock = self._redis.lock(f"{self._prefix}:lock:{what}", timeout=seconds, blocking=False)
        mine = bool(lock.acquire())
        try:
            yield mine
        finally:
            if mine:
                with suppress(redis.exceptions.LockError):  # it expired: another sweep has begun, which is harmless
                    lock.release()

    def is_time_for(self, what: str, every_seconds: float) -> bool:
        """Whether this process may do something that all together do once in a while."""
        return bool(self._redis.set(f"{self._prefix}:lock:{what}", "1", nx=True, px=int(every_seconds * 1000)))
