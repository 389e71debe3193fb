"""Memory and file descriptors of long-lived processes over time: flat, or a violation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import psutil

from workers.chaos.checker import Violation

SETTLED_S = 120.0
"""How long a process may grow after its start: imports, caches, arenas."""

JUDGED_S = 300.0
"""The least time that is judged: a short run reports slopes of long-lived processes only if it has any."""

MOST_KIB_PER_MINUTE = 1024.0
MOST_NEW_DESCRIPTORS = 24
_LEAST_SAMPLES = 20


@dataclass
class Growth:
    """Call `sample` every few seconds."""

    rss: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    descriptors: dict[str, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))

    def sample(self, name: str, process: psutil.Process, now: float) -> None:
        """Note what a process holds; one life of it is one series."""
        try:
            age = now - process.create_time()
            if age < SETTLED_S or process.status() == psutil.STATUS_ZOMBIE:
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

    def check(self) -> list[Violation]:
        """Series that grow, and by more than noise: also their last fifth is above their middle one."""
        flaws = []
        for name, slope in self.slopes().items():
            values = np.array([value for _, value in self.rss[name]])
            fifth = len(values) // 5
            rise = float(np.median(values[-fifth:]) - np.median(values[2 * fifth : 3 * fifth]))
            if slope > MOST_KIB_PER_MINUTE and rise > MOST_KIB_PER_MINUTE:
                flaws.append(Violation("memory", "", f"{name} grows by {slope:.0f} KiB per minute"))
        for name, points in self.descriptors.items():
            counts = [count for _, count in points]
            third = len(counts) // 3
            if len(counts) < _LEAST_SAMPLES or points[-1][0] - points[0][0] < JUDGED_S:
                continue
            more = min(counts[-third:]) - max(counts[:third])  # connections come and go: only what stays counts
            if more > MOST_NEW_DESCRIPTORS:
                flaws.append(Violation("file descriptors", "", f"{name} has {more} more than at first"))
        return flaws
