"""Memory and file descriptors of long-lived processes over time: flat, or a violation.

Redis' own memory grows with the records of ended jobs; `redis_memory` judges what one may cost.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psutil

from workers.chaos.checker import Violation

SETTLED_S = 120.0
"""How long a process may grow after its start: imports, caches, arenas."""

JUDGED_S = 300.0
"""The least time that is judged after that."""

MOST_KIB_PER_MINUTE = 1024.0
MOST_NEW_DESCRIPTORS = 24
TOO_SHORT = "not judged: too short"
_LEAST_SAMPLES = 20
_GROWS_BY_DESIGN = "redis"


@dataclass
class Growth:
    """Call `sample` every few seconds."""

    rss: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    descriptors: dict[str, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))
    ages: dict[str, float] = field(default_factory=dict)
    """The oldest that a process of this kind was seen, seconds."""

    def sample(self, name: str, process: psutil.Process, now: float) -> None:
        """Note what a process holds; one life of it is one series."""
        try:
            age = now - process.create_time()
            if process.status() == psutil.STATUS_ZOMBIE:
                return
            self.ages[_kind(name)] = max(age, self.ages.get(_kind(name), 0.0))
            if age < SETTLED_S:
                return
            series = f"{name} ({process.pid})"
            self.rss[series].append((now, process.memory_info().rss / 1024))
            self.descriptors[series].append((now, process.num_fds()))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return

    def slopes(self) -> dict[str, float]:
        """KiB per minute of every series that is long enough, by least squares."""
        long = {
            name: np.array(points)
            for name, points in self.rss.items()
            if len(points) >= _LEAST_SAMPLES and points[-1][0] - points[0][0] >= JUDGED_S
        }
        return {name: float(np.polyfit(points[:, 0] / 60, points[:, 1], 1)[0]) for name, points in long.items()}

    def table(self) -> dict[str, dict[str, Any]]:
        """By kind of process: how many lives were judged, the oldest age seen in minutes, the steepest slope."""
        judged: dict[str, list[float]] = defaultdict(list)
        for series, slope in self.slopes().items():
            judged[_kind(series)].append(slope)
        return {
            kind: {
                "judged": len(judged[kind]),
                "longest_minutes": round(age / 60, 1),
                "largest_kib_per_minute": round(max(judged[kind])) if judged[kind] else None,
                "verdict": self._verdict(kind, judged[kind]),
            }
            for kind, age in sorted(self.ages.items())
        }

    def check(self) -> list[Violation]:
        """Series that grow, and by more than noise: also their last fifth is above their middle one."""
        flaws = [
            Violation("memory", "", f"{name} grows by {slope:.0f} KiB per minute")
            for name, slope in self.slopes().items()
            if self._grows(name, slope)
        ]
        for name, points in self.descriptors.items():
            counts = [count for _, count in points]
            third = len(counts) // 3
            if len(counts) < _LEAST_SAMPLES or points[-1][0] - points[0][0] < JUDGED_S:
                continue
            more = min(counts[-third:]) - max(counts[:third])  # connections come and go: only what stays counts
            if more > MOST_NEW_DESCRIPTORS:
                flaws.append(Violation("file descriptors", "", f"{name} has {more} more than at first"))
        return flaws

    def _grows(self, name: str, slope: float) -> bool:
        values = np.array([value for _, value in self.rss[name]])
        fifth = len(values) // 5
        rise = float(np.median(values[-fifth:]) - np.median(values[2 * fifth : 3 * fifth]))
        return slope > MOST_KIB_PER_MINUTE and rise > MOST_KIB_PER_MINUTE and _kind(name) != _GROWS_BY_DESIGN

    def _verdict(self, kind: str, slopes: list[float]) -> str:
        if kind == _GROWS_BY_DESIGN:
            return "judged by ended job"
        if not slopes:
            return TOO_SHORT
        grow = any(self._grows(name, slope) for name, slope in self.slopes().items() if _kind(name) == kind)
        return "GROWS" if grow else "flat"


def _kind(series: str) -> str:
    """`worker-2 child (4711)` is of the kind `worker child`."""
    name, _, child = series.partition(" (")[0].partition(" ")
    return f"{name.partition('-')[0]}{f' {child}' if child else ''}"
