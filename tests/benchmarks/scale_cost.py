"""One measured piece of work: what Redis and this process spent on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.benchmarks.scale_redis import RedisMeter


@dataclass(frozen=True)
class Cost:
    """Commands of Redis, its CPU time, CPU time of the pipeline and time on the clock, both in seconds."""

    commands: float = 0.0
    redis_cpu: float = 0.0
    cpu: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.commands + other.commands,
            self.redis_cpu + other.redis_cpu,
            self.cpu + other.cpu,
            self.seconds + other.seconds,
        )

    def per(self, number: float) -> Cost:
        """The share of one."""
        return Cost(self.commands / number, self.redis_cpu / number, self.cpu / number, self.seconds / number)


def cost_of(meter: RedisMeter, action: Callable[[], object], *, threads: bool) -> Cost:
    """Do it once. With `threads` the CPU time of the whole process counts, otherwise that of this thread."""
    processor = time.process_time if threads else time.thread_time
    before, cpu, clock = meter.state(), processor(), time.perf_counter()
    action()
    cpu, clock = processor() - cpu, time.perf_counter() - clock
    after = meter.state()
    return Cost(after.commands - before.commands, after.cpu_seconds - before.cpu_seconds, cpu, clock)
