"""A client of the event stream that is away half of the time, with a program of its own: redis-py and nothing of ours.

Keeps every entry it got. It knows when the database was emptied, by the clock of Redis, which entry ids are made of.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

STREAM = "flatiron:events"
_THERE_S, _AWAY_S = 1.0, 1.0


@dataclass
class Observer:
    """Start it, stop it, then read `events`: (entry id, event) in the order they came."""

    url: str
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    flushes: list[int] = field(default_factory=list)
    _last: str = "0"
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="observer", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Catch up, then stop."""
        self._stop.set()
        self._thread.join()
        with self._client() as client:
            while self._read(client):
                pass

    def flush(self, client: Any) -> int:
        """Empty the database, and note when."""
        pipe = client.pipeline(transaction=True)
        pipe.flushall()
        pipe.time()
        seconds, micros = pipe.execute()[1]
        self.flushes.append(int(seconds) * 1000 + int(micros) // 1000)
        return self.flushes[-1]

    def _run(self) -> None:
        while not self._stop.is_set():
            end = time.monotonic() + _THERE_S
            try:
                with self._client() as client:  # a client that was away connects anew
                    while time.monotonic() < end and not self._stop.is_set():
                        self._read(client)
            except redis.RedisError:
                pass  # Redis is away: tried again after the pause
            self._stop.wait(_AWAY_S)

    def _read(self, client: Any) -> int:
        reply = client.xread({STREAM: self._last}, count=1000, block=200)
        entries = dict(reply or ()).get(STREAM, [])
        for entry, fields in entries:
            self.events.append((entry, json.loads(fields["event"])))
            self._last = entry
        return len(entries)

    def _client(self) -> Any:
        return redis.Redis.from_url(
            self.url, protocol=2, decode_responses=True, socket_timeout=3, retry=Retry(NoBackoff(), 0)
        )
