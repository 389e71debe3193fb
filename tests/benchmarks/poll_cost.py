"""What a sweep costs when many jobs are open and few move: requests, bytes on the wire, CPU time of the sweep."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import redis

from flatiron_tasks.backburner.farm import BackburnerFarm
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.steps.poll import poll
from flatiron_tasks.pipeline.store import JobStore
from flatiron_tasks.settings import Settings
from tests.benchmarks.poll_farm import CountingManager
from tests.benchmarks.poll_jobs import open_jobs
from tests.benchmarks.rows import Row, judged
from tests.integration.pipeline.moving_clock import MovingClock

SIZES = (10, 100, 1000, 5000)
MOVING = 10
SWEEP_SECONDS = 5.0


@dataclass(frozen=True)
class SweepCost:
    """One sweep. `moving` of it moved; CPU time is that of the sweeping thread, Redis and share included."""

    requests: int
    bytes: int
    cpu_seconds: float


def measure_sweeps(client: redis.Redis, number: int, *, rounds: int = 5) -> list[SweepCost]:
    """Sweeps of `number` open jobs of which MOVING move each time, after all of them are known."""
    client.flushdb()
    clock = MovingClock()
    with tempfile.TemporaryDirectory() as folder:
        network = Path(folder, "network")
        names: list[str] = []
        with CountingManager(names) as manager:
            address = f"127.0.0.1:{manager.port}"
            farm = BackburnerFarm("127.0.0.1", manager.port, keep_connection=True)
            settings = Settings(network_folders=(network,), lease_seconds=600)
            context = Context(settings, JobStore(client, clock), clock, lambda _: farm, send=lambda _step: None)
            names.extend(open_jobs(context, Path(folder), address, number))
            for _ in range(3):  # every job is seen, and what is new about it is old
                manager.toggle(MOVING)
                clock.advance(3600)
                poll(context, address)
            costs = [_one_sweep(context, manager, address, clock) for _ in range(rounds)]
            farm.close()
            return costs


def _one_sweep(context: Context, manager: CountingManager, address: str, clock: MovingClock) -> SweepCost:
    manager.toggle(MOVING)
    clock.advance(SWEEP_SECONDS)
    requests, traffic, cpu = manager.requests, manager.bytes, time.thread_time()
    poll(context, address)
    cpu = time.thread_time() - cpu
    return SweepCost(manager.requests - requests, manager.bytes - traffic, cpu)


def rows_of(number: int, costs: list[SweepCost]) -> list[Row]:
    """The worst requests, and what such a sweep costs otherwise."""
    moving = min(number, MOVING)
    what = f"sweep of {number} open jobs, {moving} moving"
    traffic, cpu = median(cost.bytes for cost in costs), median(cost.cpu_seconds for cost in costs)
    return [
        judged(f"{what}: requests", max(cost.requests for cost in costs), f"<= {2 + moving}", "requests"),
        judged(f"{what}: traffic", traffic / 1000, f"<= {50 + 0.3 * number:g}", "kB"),
        judged(f"{what}: CPU time", cpu, f"<= {0.1 + number / 10_000:g}", "s"),
    ]
