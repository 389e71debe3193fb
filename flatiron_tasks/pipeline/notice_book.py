"""Ends of jobs that somebody is still to be told of, in Redis.

The script that ends a job notes the end in the same breath, with what is to be told, so that none is forgotten and a
job that goes on meanwhile changes nothing. It is owed until every way of telling has been taken, or given up.

What is owed is lost with Redis, and with it what was told. A job that is taken up again from its folder with the mark
of its end owes none (`steps.accept`): in the seconds that telling takes an end may be lost with Redis, but none is told
again. Only one that was lost before the mark was set comes to its end again, under the same key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT_S = 30 * 86_400
"""How long it stays known what was told."""

_WAY = "way:"


@dataclass(frozen=True)
class OwedNotice:
    """One end of a job. `told` says of each way of telling what became of it; `tries` how often it has failed."""

    key: str
    job_id: str
    state: str
    sentence: str
    reason: str
    advice: str
    ended_at: float
    tries: int = 0
    told: Mapping[str, str] = field(default_factory=dict)


class NoticeBook:
    """The ends that are owed, and how the receivers answer."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._redis = client
        self._prefix = prefix

    def count(self) -> int:
        """How many ends are owed."""
        return int(self._redis.zcard(self._owed))

    def due(self, now: float, limit: int) -> list[str]:
        """Keys of the ends whose time has come, the longest waiting first."""
        return list(self._redis.zrangebyscore(self._owed, "-inf", now, start=0, num=limit))

    def load(self, key: str) -> OwedNotice | None:
        """What is owed; None if nobody knows any more."""
        kept = self._redis.hgetall(self._notice(key))
        if not kept:
            return None
        return OwedNotice(
            key=key,
            job_id=key.rpartition(":")[0],
            state=kept["state"],
            sentence=kept["sentence"],
            reason=kept["reason"],
            advice=kept["advice"],
            ended_at=float(kept["at"]),
            tries=int(kept.get("tries", "0")),
            told={name.removeprefix(_WAY): text for name, text in kept.items() if name.startswith(_WAY)},
        )

    def claim(self, key: str, way: str, seconds: float) -> bool:
        """Whether this process may tell of an end in this way now; for so long nobody else may."""
        return bool(self._redis.set(self._claim(key, way), "1", nx=True, px=int(seconds * 1000)))

    def give_back(self, key: str, way: str) -> None:
        """Let others try."""
        self._redis.delete(self._claim(key, way))

    def note(self, key: str, way: str, outcome: str) -> None:
        """Note what became of telling in this way: it is not done again."""
        self._redis.hset(self._notice(key), _WAY + way, outcome)

    def postpone(self, key: str, at: float) -> None:
        """Leave an end alone until `at`."""
        self._redis.zadd(self._owed, {key: at}, xx=True)

    def count_failure(self, key: str) -> int:
        """Count that telling of an end has failed. Returns how often it has."""
        return int(self._redis.hincrby(self._notice(key), "tries", 1))

    def settle(self, key: str) -> None:
        """Note that nothing of an end is owed any more."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.zrem(self._owed, key).expire(self._notice(key), KEPT_S)
        pipe.execute()

    def rest(self, way: str, failures: int, until: float) -> None:
        """Note how often in a row a receiver has failed, and when it is tried again."""
        self._redis.hset(self._receiver(way), mapping={"failures": str(failures), "until": str(until)})

    def resting(self, way: str) -> tuple[int, float]:
        """How often in a row a receiver has failed, and until when it is left alone."""
        failures, until = self._redis.hmget(self._receiver(way), "failures", "until")
        return int(failures or 0), float(until or 0)

    @property
    def _owed(self) -> str:
        return f"{self._prefix}:owed"

    def _notice(self, key: str) -> str:
        return f"{self._prefix}:notice:{key}"

    def _claim(self, key: str, way: str) -> str:
        return f"{self._prefix}:lease:{key}:{way}"

    def _receiver(self, way: str) -> str:
        return f"{self._prefix}:receiver:{way}"
