"""What the sweeps of one farm manager remember between them, in Redis: any worker may make the next one.

Nothing here is needed to finish a job. If all of it is lost, the next sweep looks after every job once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from flatiron_tasks.pipeline.artist_book import Run
from flatiron_tasks.pipeline.farm_port import FarmJobState, FarmJobView
from flatiron_tasks.pipeline.manager_health import ManagerHealth

log = logging.getLogger(__name__)
Listing = Mapping[str, FarmJobView]
"""Our jobs on a farm, by their names there."""

ALIVE_SECONDS = 30
"""How long a sign of life lasts: many ticks, so that one busy moment alarms nobody."""


class SweepBook:
    """The memory of all sweeps."""

    def __init__(self, client: Any, prefix: str, run: Run) -> None:
        self._redis = client
        self._prefix = prefix
        self._run = run

    def say_alive(self) -> None:
        """Leave a sign for those who may not ask Celery that the clock of the workers ticks."""
        self._redis.set(f"{self._prefix}:alive", "1", ex=ALIVE_SECONDS)

    def due(self, manager: str, now: float) -> list[str]:
        """Ids of the jobs at this manager whose time to be looked after has come."""
        return list(self._redis.zrangebyscore(f"{self._prefix}:at:{manager}", "-inf", now))

    def look_again(self, job_id: str, revision: int, at: float | None) -> bool:
        """Let the sweep look after the job not before `at`, None for never, unless it has changed since `revision`."""
        return bool(self._run("look_again", job_id, str(revision), "" if at is None else str(at)))

    def forget_job_at(self, manager: str, job_id: str) -> None:
        """Tell the sweep of this manager that the job needs it no longer."""
        self._redis.zrem(f"{self._prefix}:at:{manager}", job_id)

    def forget_unknown(self, manager: str, job_id: str) -> bool:
        """Look no more after a job that has no record. Returns False if it has one."""
        return bool(self._run("look_no_more", job_id, manager))

    def next_look(self, manager: str, job_id: str) -> float | None:
        """When a job is looked after again, at the earliest; None if nobody looks after it."""
        score = self._redis.zscore(f"{self._prefix}:at:{manager}", job_id)
        return None if score is None else float(score)

    def listing(self, manager: str) -> Listing:
        """What the manager listed of our jobs last time; nothing if that is not known, or another version noted it."""
        text = self._redis.get(f"{self._prefix}:listing:{manager}")
        try:
            entries = json.loads(text or "{}")
            return {name: FarmJobView(handle, name, FarmJobState(state)) for name, (handle, state) in entries.items()}
        except (ValueError, TypeError, AttributeError) as error:
            log.warning("What the manager %s listed cannot be read: %s", manager, error)
            return {}

    def keep_listing(self, manager: str, listing: Listing) -> None:
        """Remember what the manager lists of our jobs."""
        entries = {view.name: (view.handle, view.state.value) for view in listing.values()}
        self._redis.set(f"{self._prefix}:listing:{manager}", json.dumps(entries, separators=(",", ":")))

    def health(self, manager: str) -> ManagerHealth:
        """How the manager answers."""
        kept = self._redis.hgetall(self._key(manager))
        never = ManagerHealth()
        names = [item.name for item in fields(never) if item.name in kept]
        return replace(never, **{name: type(getattr(never, name))(kept[name]) for name in names})

    def keep_health(self, manager: str, health: ManagerHealth) -> None:
        """Remember how the manager answers, and when it is asked next; jobs whose views tell of it become dirty."""
        self._run("keep_health", manager, json.dumps({name: str(value) for name, value in vars(health).items()}))

    def postpone(self, manager: str, job_id: str, at: float) -> None:
        """Let the sweep look after a job not before `at`."""
        self._redis.zadd(f"{self._prefix}:at:{manager}", {job_id: at}, xx=True)

    def claim_sweep(self, manager: str, now: float, patience: float) -> bool:
        """Whether it is time for a sweep of this manager. If it is, nobody else is told so for `patience` seconds."""
        is_due = float(self._redis.hget(self._key(manager), "next_sweep") or 0) <= now
        if is_due:
            self._redis.hset(self._key(manager), "next_sweep", str(now + patience))
        return is_due

    def sweep_now(self, manager: str) -> None:
        """Let the next tick sweep this manager, however long the pause was meant to be.

        A sweep that is under way has listed the farm already, and plans the next one at its end: so it is asked for
        another one right after it.
        """
        self._redis.hset(self._key(manager), mapping={"next_sweep": "0", "again": "1"})

    def ask_again(self, manager: str) -> None:
        """Ask the sweep that is under way for another one right after it."""
        self._redis.hset(self._key(manager), "again", "1")

    def take_again(self, manager: str) -> bool:
        """Whether another sweep was asked for; forgets it."""
        return bool(self._redis.hdel(self._key(manager), "again"))

    def rest(self, manager: str, seconds: float) -> None:
        """Note that a sweep has just ended, and that wake-ups may cause none for so long."""
        self._redis.set(f"{self._prefix}:rest:{manager}", "1", px=max(1, int(seconds * 1000)))

    def is_resting(self, manager: str) -> bool:
        """Whether a sweep has just ended."""
        return bool(self._redis.exists(f"{self._prefix}:rest:{manager}"))

    def _key(self, manager: str) -> str:
        return f"{self._prefix}:manager:{manager}"
