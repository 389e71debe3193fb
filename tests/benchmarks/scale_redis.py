"""What Redis says about itself: commands by its own count, CPU time, memory, and what one job takes of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis

from flatiron_tasks.contracts.channels import artist_views
from flatiron_tasks.pipeline.store import PREFIX

_OURS = frozenset({"info", "getdel", "memory|usage"})
"""Commands that only the benchmark sends; the pipeline knows none of them."""


@dataclass(frozen=True)
class RedisState:
    """Sums since the server began. Commands inside scripts count like any other."""

    commands: int
    cpu_seconds: float
    memory: int


class RedisMeter:
    """Asks the server."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis: Any = client  # redis-py types every reply as "perhaps awaitable"

    def state(self) -> RedisState:
        """How it stands now."""
        cpu, memory = self._redis.info("cpu"), self._redis.info("memory")
        calls = {
            name.removeprefix("cmdstat_"): part["calls"] for name, part in self._redis.info("commandstats").items()
        }
        return RedisState(
            sum(number for name, number in calls.items() if name not in _OURS),
            cpu["used_cpu_user"] + cpu["used_cpu_sys"],
            memory["used_memory"],
        )

    def end_pauses(self, *names: str) -> None:
        """Let what all workers together do once in a while be done now: its pauses are real time, our clock is not."""
        for name in names:
            self._redis.getdel(f"{PREFIX}:{name}")

    def bytes_of(self, job_id: str, artist: str) -> Mapping[str, int]:
        """Memory of one job in bytes: record, history, view. A view counts by its length, as one of a hash."""
        record = f"{PREFIX}:job:{job_id}"
        keys: list[str] = list(self._redis.scan_iter(f"{record}*", count=10_000))
        sizes = {key: int(self._redis.memory_usage(key, samples=0) or 0) for key in keys}
        history = sizes.pop(f"{record}:history", 0)
        view = len((self._redis.hget(artist_views(artist), job_id) or "").encode())
        return {"record": sum(sizes.values()), "history": history, "view": view}
