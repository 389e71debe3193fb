"""What ended jobs leave in Redis: so many keys and bytes each, and event streams with an end. Read with redis-py alone.

Records of ended jobs stay for days by design, so Redis grows with them: what a job costs is judged, not that it stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from workers.chaos.checker import Violation

MOST_KEYS_PER_JOB, MOST_KEYS_PER_TEXTURE = 8, 2
MOST_BYTES_PER_JOB = 32 * 1024
MOST_EVENTS = 110_000
"""The cap of 100,000 is kept by whole blocks of the stream."""

_PREFIX = "flatiron:job:"
_STREAMS = "flatiron:*events*"


@dataclass
class RedisMemory:
    """Call `sample` now and then, `measure` when all jobs have ended."""

    used: list[tuple[float, int, int]] = field(default_factory=list)
    """(time, bytes in use, jobs that had ended)"""
    keys: dict[str, list[int]] = field(default_factory=dict)
    textures: dict[str, int] = field(default_factory=dict)
    streams: dict[str, int] = field(default_factory=dict)
    others: int = 0

    def sample(self, client: Any, now: float, ended: int) -> None:
        """Note what is in use. Raises redis.RedisError."""
        self.used.append((now, int(client.info("memory")["used_memory"]), ended))

    def measure(self, client: Any, ended: Iterable[str]) -> None:
        """Look at every key. Raises redis.RedisError."""
        wanted, found = set(ended), defaultdict(list)
        for name in client.scan_iter("*", count=1000):
            job_id = name.removeprefix(_PREFIX).partition(":")[0] if name.startswith(_PREFIX) else ""
            if job_id in wanted:
                found[job_id].append(int(client.memory_usage(name, samples=0) or 0))
            else:
                self.others += 1
        self.keys = dict(found)
        self.textures = {job_id: int(client.hget(_PREFIX + job_id, "textures_total") or 0) for job_id in found}
        self.streams = {name: client.xlen(name) for name in client.scan_iter(_STREAMS, _type="stream")}

    def table(self) -> dict[str, Any]:
        """For the report. Jobs without a record (ended before a flush) do not count."""
        sizes, counts = [sum(item) for item in self.keys.values()], [len(item) for item in self.keys.values()]
        return {
            "jobs": len(sizes),
            "bytes_per_ended_job": {"median": round(median(sizes)), "most": max(sizes)} if sizes else None,
            "keys_per_ended_job": {"median": round(median(counts)), "most": max(counts)} if counts else None,
            "bound": {
                "bytes": MOST_BYTES_PER_JOB,
                "keys": MOST_KEYS_PER_JOB,
                "keys_per_texture": MOST_KEYS_PER_TEXTURE,
                "events": MOST_EVENTS,
            },
            "other_keys": self.others,
            "events": dict(sorted(self.streams.items())),
            "used_mib": [round(item[1] / 2**20, 2) for item in (*self.used[:1], *self.used[-1:])],
            "most_used_mib": round(max((item[1] for item in self.used), default=0) / 2**20, 2),
        }

    def check(self) -> list[Violation]:
        """Jobs that leave more than they may, streams without an end."""
        flaws = [
            Violation("memory of Redis", job_id, f"{len(sizes)} keys, {sum(sizes)} bytes are left of an ended job")
            for job_id, sizes in self.keys.items()
            if len(sizes) > self._most_keys(job_id) or sum(sizes) > MOST_BYTES_PER_JOB
        ]
        long = {name: length for name, length in self.streams.items() if length > MOST_EVENTS}
        return flaws + [Violation("memory of Redis", "", f"{name} has {count} entries") for name, count in long.items()]

    def _most_keys(self, job_id: str) -> int:
        return MOST_KEYS_PER_JOB + MOST_KEYS_PER_TEXTURE * self.textures.get(job_id, 0)
