"""How did every job end? Read from its record in Redis, and from what is, or is not, in its folders."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.chaos.checker import Violation


@dataclass(frozen=True)
class Ending:
    """`state` is that of the record; `gone` if neither record nor job folder is left, as after a flush."""

    state: str
    reason: str = ""
    advice: str = ""
    is_cleaned: bool = False
    repeats: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in ("failed", "gone") or (self.state in ("done", "cancelled") and self.is_cleaned)


def ending(client: Any, share: Path, job_id: str) -> Ending:
    """Where the job stands now. Raises redis.RedisError."""
    key = f"flatiron:job:{job_id}"
    state, reason, advice, cleaned = client.hmget(key, "state", "reason", "advice", "cleaned")
    if state is None:
        folder = share / f"flatiron-{job_id}"
        return Ending("unknown" if folder.exists() and not _says_cleaned(folder / "ended.json") else "gone")
    sent = client.hgetall(f"{key}:sent")
    repeats = sum(max(0, int(count) - 1) for name, count in sent.items() if name.endswith(":n"))
    return Ending(state, reason or "", advice or "", cleaned == "1", repeats)


def _says_cleaned(mark: Path) -> bool:
    """Whether a job folder that stays says so itself: only then nobody will come to clean it."""
    try:
        return bool(json.loads(mark.read_text("utf-8")).get("cleaned"))
    except (OSError, ValueError):
        return False


def failed_passes(client: Any, job_id: str) -> list[int]:
    """Numbers of the passes that failed. Raises redis.RedisError."""
    states = client.hgetall(f"flatiron:job:{job_id}:passes")
    return sorted(int(name) for name, state in states.items() if name.isdecimal() and state == "failed")


def check_ending(job_id: str, found: Ending, *, may_be_cancelled: bool, may_fail: bool) -> list[Violation]:
    """The job has ended as it had to, and says what a person must do if it failed."""
    flaws = []
    if not found.is_over:
        flaws.append(f"it has not ended: {found.state}{'' if found.is_cleaned else ', not cleaned'}")
    if found.state == "failed" and not may_fail:
        flaws.append(f"it failed for good: {found.reason} {found.advice}")
    if found.state == "failed" and not (found.reason and found.advice):
        flaws.append(f"it failed without saying why and what to do: {found.reason!r}, {found.advice!r}")
    if found.state == "cancelled" and not may_be_cancelled:
        flaws.append("it is cancelled, and nobody asked for that")
    return [Violation("ending", job_id, flaw) for flaw in flaws]
