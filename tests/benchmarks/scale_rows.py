"""What was measured about scale, as rows against targets. Costs of one job must not grow with the number of jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flatiron_tasks.pipeline.next_steps import MERGE_PASS, REPLACE_PLACEHOLDER
from tests.benchmarks.rows import Row, judged
from tests.benchmarks.scale_cost import Cost
from tests.benchmarks.scale_running import RunningCost
from tests.benchmarks.scale_waiting import WaitingCost

BASES = (100, 1000)
"""The numbers of jobs that the largest is compared with; of the smaller ones each bears more of what ticks cost."""

_GROWTH = 1.1
_POLL_SECONDS = 5.0


def rows_of_waiting(costs: Sequence[WaitingCost]) -> list[Row]:
    """Every size by itself, then the greatest against `BASES`."""
    return [row for cost in costs for row in _of_one(cost)] + list(_growth(costs))


def _of_one(cost: WaitingCost) -> Iterator[Row]:
    number, what = cost.number, f"{cost.number} waiting"
    fixed, each, idle = 1500 / number, cost.minute, cost.idle_sweep  # `fixed`: what ticks and publications share out
    of_all = 0.05 + number / 10_000
    yield judged(f"{what}: Redis commands per job and minute", each.commands, f"<= {10 + fixed:g}", "commands")
    yield judged(f"{what}: CPU per job and minute", 1000 * each.cpu, f"<= {5 + 200 / number:g}", "ms")
    yield judged(f"{what}: CPU of Redis per job and minute", 1000 * each.redis_cpu, f"<= {1 + fixed:g}", "ms")
    yield judged(f"{what}: CPU of the first look at a job", 1000 * cost.look.cpu, "<= 25", "ms")
    yield judged(f"{what}: CPU of a sweep with no job due", idle.cpu, f"<= {of_all:g}", "s")
    yield judged(f"{what}: time of a sweep with no job due", idle.seconds, f"<= {10 * of_all:g}", "s")
    yield judged(f"{what}: no lost record, commands", cost.search.commands, f"<= {102 + number / 50:g}", "commands")
    yield judged(f"{what}: no lost record, CPU", cost.search.cpu, f"<= {of_all:g}", "s")
    yield judged(f"{what}: a page of 50 jobs, commands", cost.page.commands, "<= 250", "commands")
    yield judged(f"{what}: a page of 50 jobs, time", 1000 * cost.page.seconds, "<= 250", "ms")
    busy = 1000 * cost.outage.redis_cpu
    yield judged(f"{what}: Redis busy when the manager is lost", busy, f"<= {10 + number / 20:g}", "ms")
    yield judged(f"{what}: CPU to publish a view", 1000 * cost.view.cpu, "<= 15", "ms")
    for kind, limit in (("record", 20), ("history", 5), ("view", 20)):
        yield judged(f"{what}: memory of a job, its {kind}", cost.memory[kind] / 1000, f"<= {limit}", "kB")
    yield judged(f"{what}: memory of Redis per job", cost.memory["all"] / 1000, f"<= {40 + fixed:g}", "kB")


def _growth(costs: Sequence[WaitingCost]) -> Iterator[Row]:
    largest = max(costs, key=lambda cost: cost.number)
    for base in (cost for cost in costs if cost.number in BASES and cost.number < largest.number):
        what = f"{base.number} to {largest.number} waiting: growth of"
        for name, field in (("Redis commands", "commands"), ("CPU", "cpu"), ("CPU of Redis", "redis_cpu")):
            grown = getattr(largest.minute, field) / getattr(base.minute, field)
            yield judged(f"{what} {name} per job and minute", grown, f"<= {_GROWTH}", "x")
    looks = 1 / largest.look.cpu
    yield judged("First wall: looks of one manager's sweep", looks, ">= 40", "1/s", "at first sight, 1 / CPU")
    fresh = looks * _POLL_SECONDS
    yield judged("First wall: jobs that all get a look every 5 s", fresh, ">= 200", "jobs", "those that moved just now")


def rows_of_running(cost: RunningCost, waiting: int) -> list[Row]:
    """The steps of jobs that are merged and delivered while others wait."""
    what = f"{cost.jobs} running, {waiting} waiting"
    passes = cost.jobs * cost.passes
    merge, texture = cost.by_kind[MERGE_PASS].per(passes), cost.each(REPLACE_PLACEHOLDER)
    return [
        judged(f"{what}: messages per merged pass", cost.times[MERGE_PASS] / passes, "<= 3", "messages"),
        judged(f"{what}: passes merged per second, one process", 1 / merge.seconds, ">= 2", "1/s"),
        judged(f"{what}: passes merged per second of CPU", 1 / merge.cpu, ">= 25", "1/s"),
        *_each(f"{what}: merging a pass", merge, commands=100, milliseconds=40),
        *_each(f"{what}: delivering a texture", texture, commands=250, milliseconds=400),
        *_each(f"{what}: everything, per pass", cost.per_pass, commands=130, milliseconds=60),
        *_each(f"{what}: accepting and handing over a job", cost.acceptance, commands=1500, milliseconds=150),
        *(
            judged(f"{what}: memory of an ended job, its {kind}", cost.memory[kind] / 1000, f"<= {limit}", "kB")
            for kind, limit in (("record", 40), ("history", 200), ("view", 20))
        ),
        *_each(f"{what}: forgetting a job", cost.expiry, commands=60, milliseconds=20),
        *_each(f"{what}: a second of publishing", cost.each("publish"), commands=5000, milliseconds=1000),
        *_each(f"{what}: a sweep", cost.each("sweep"), commands=40_000, milliseconds=4000),
    ]


def rows_of_messages(cost: Cost) -> list[Row]:
    """What a message costs beside the step that it starts, which the rows above are about."""
    return [*_each("A message of Celery", cost, commands=30, milliseconds=15)]


def _each(what: str, cost: Cost, *, commands: int, milliseconds: int) -> Iterator[Row]:
    yield judged(f"{what}: Redis commands", cost.commands, f"<= {commands}", "commands")
    yield judged(f"{what}: CPU", 1000 * cost.cpu, f"<= {milliseconds}", "ms")
    yield judged(f"{what}: CPU of Redis", 1000 * cost.redis_cpu, f"<= {milliseconds}", "ms")
