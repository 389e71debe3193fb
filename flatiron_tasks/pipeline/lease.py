"""Exclusive work on one pass, texture or step: a lease in Redis with a fencing token, renewed while the work runs.

A lease alone excludes nobody (a process may sleep longer than it lasts): the token is checked again when the result is
noted, and every file is made under a name of its own and renamed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis

from flatiron_tasks.pipeline.store import JobStore


@dataclass(frozen=True)
class Lease:
    """The right to work on something, as long as nobody holds a higher token."""

    job_id: str
    what: str
    token: int


@contextmanager
def leased(store: JobStore, job_id: str, what: str, *, seconds: float) -> Iterator[Lease | None]:
    """Hold the lease on `what` during the block; None if another process holds it."""
    milliseconds = max(1, int(seconds * 1000))
    token = store.claims.claim(job_id, what, milliseconds)
    if token is None:
        yield None
        return
    ended = threading.Event()
    keeper = threading.Thread(
        target=_renew, args=(store, Lease(job_id, what, token), milliseconds, ended), name=f"lease {what}", daemon=True
    )
    keeper.start()
    try:
        yield Lease(job_id, what, token)
    finally:
        ended.set()
        keeper.join()
        store.claims.renew(job_id, what, token, 0)


def _renew(store: JobStore, lease: Lease, milliseconds: int, ended: threading.Event) -> None:
    while not ended.wait(milliseconds / 3000):
        try:
            if not store.claims.renew(lease.job_id, lease.what, lease.token, milliseconds):
                return  # lost: the token check at the end of the work refuses the result
        except redis.RedisError:
            continue  # Redis restarts; the next third of the lease tries again
