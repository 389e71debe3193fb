"""What is kept of share probes in Redis. Lost with Redis, it is asked again: nothing here is needed to finish a job.

So what cannot be read, because another version wrote it, counts as lost too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from flatiron_tasks.pipeline.share_probe.health import NodeHealth, Probe

log = logging.getLogger(__name__)
T = TypeVar("T")
KEPT_S = 30 * 86_400
"""How long servers that nobody asks any more are remembered."""


class ProbeBook:
    """Open probes, the health of servers, and which jobs wait for it; by farm manager ("host:port")."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._redis = client
        self._prefix = prefix

    def open(self, probe: Probe) -> None:
        """Note that servers are going to be asked, before anything of it is done."""
        self._redis.hset(self._probes(probe.manager), probe.nonce, probe.to_json())

    def probes(self, manager: str) -> list[Probe]:
        """All open probes, the oldest first."""
        kept: dict[str, str] = self._redis.hgetall(self._probes(manager))

        def read(field: str) -> Probe:
            over = frozenset(_noted(kept, field, "over"))
            return Probe.from_json(manager, kept[field], _noted(kept, field, "asked"), over)

        probes = _readable(read, (field for field in kept if ":" not in field))
        return sorted(probes, key=lambda probe: (probe.asked_at, probe.nonce))

    def note(self, probe: Probe, server: int, what: str, now: float) -> None:
        """Note that the farm was asked about a server (`what` = "asked"), or that it has said all ("over")."""
        self._redis.hset(self._probes(probe.manager), f"{probe.nonce}:{server}:{what}", str(now))

    def close(self, probe: Probe) -> None:
        """Forget a probe."""
        numbers = range(len(probe.servers))
        notes = [f"{probe.nonce}:{number}:{what}" for number in numbers for what in ("asked", "over")]
        self._redis.hdel(self._probes(probe.manager), probe.nonce, *notes)

    def keep(self, health: NodeHealth) -> None:
        """Remember what is known of a server, in the place of what was."""
        key = self._nodes(health.manager)
        self._redis.hset(key, json.dumps([health.network_folder, health.server]), health.to_json())
        self._redis.expire(key, KEPT_S)

    def healths(self, manager: str, network_folder: str = "") -> dict[str, NodeHealth]:
        """What is known of the servers of a manager, by name, in one network folder."""
        return {item.server: item for item in self.all_healths(manager) if item.network_folder == network_folder}

    def all_healths(self, manager: str) -> list[NodeHealth]:
        """What is known of the servers of a manager in all network folders."""
        return sorted(
            _readable(NodeHealth.from_json, self._redis.hvals(self._nodes(manager))),
            key=lambda health: (health.network_folder, health.server),
        )

    def wait(self, manager: str, job_id: str, now: float) -> float:
        """Note that a job waits for servers to answer. Returns since when it does."""
        self._redis.hsetnx(self._waiting(manager), job_id, str(now))
        return float(self._redis.hget(self._waiting(manager), job_id) or now)

    def wait_no_longer(self, manager: str, job_id: str) -> None:
        """Note that a job does not wait any more."""
        self._redis.hdel(self._waiting(manager), job_id)

    def waiting(self, manager: str) -> list[str]:
        """Ids of the jobs that wait for servers to answer."""
        return list(self._redis.hkeys(self._waiting(manager)))

    def send_again(self, job_ids: Iterable[str], step: str) -> None:
        """Let a step of these jobs be sent at the next look at them, however short ago it was sent."""
        for job_id in job_ids:
            self._redis.hdel(f"{self._prefix}:job:{job_id}:sent", step)

    def _probes(self, manager: str) -> str:
        return f"{self._prefix}:probes:{manager}"

    def _nodes(self, manager: str) -> str:
        return f"{self._prefix}:nodes:{manager}"

    def _waiting(self, manager: str) -> str:
        return f"{self._prefix}:unprobed:{manager}"


def _readable(read: Callable[[str], T], texts: Iterable[str]) -> Iterator[T]:
    for text in texts:
        try:
            yield read(text)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("What is kept of a share probe cannot be read, and is left out: %r in %.200r", error, text)


def _noted(kept: Mapping[str, str], nonce: str, what: str) -> dict[int, float]:
    """When something was noted about servers, by their positions."""
    notes = ((field.split(":"), text) for field, text in kept.items() if field.startswith(f"{nonce}:"))
    return {int(number): float(text) for (_, number, noted), text in notes if noted == what}
