"""The farm: do its managers answer, and do its servers see the network folders?"""

from __future__ import annotations

from collections.abc import Sequence

from flatiron_tasks.pipeline.manager_health import clock_time
from flatiron_tasks.pipeline.share_probe.health import NodeHealth
from workers.doctor.checks.queues import named
from workers.doctor.finding import Finding, not_looked_at, ok, warning, wrong
from workers.doctor.looking import Seen, Sight
from workers.doctor.looks.managers import ManagerFacts
from workers.doctor.looks.records import ManagerRecord

SWEEP_LATE_S = 120.0
"""By so much a sweep may miss its time; a worker that talks to another manager may be in front of it."""


def manager(address: str, sight: Sight[ManagerFacts], *, is_needed: bool) -> Finding:
    """One manager, asked from this machine. One that no job needs and nobody named is only a warning."""
    check = f"manager {address}"
    if isinstance(sight, Seen):
        facts = sight.facts
        return ok(check, f"It answers: version {facts.version}, servers: {facts.servers}, jobs: {facts.jobs}.")
    judge = wrong if is_needed else warning
    return judge(
        check, f"It does not answer. {sight.why}", "Start the Backburner Manager, or open its port to this machine."
    )


def last_sweep(record: ManagerRecord, now: float) -> Finding:
    """What the sweep remembers of a manager that has jobs of ours."""
    check = f"sweep of {record.address}"
    health = record.health
    if health.failing_since:
        text = f"Workers have had no answer since {clock_time(health.failing_since)}. {health.trouble}"
        return wrong(check, text, "Let the workers' machines reach the manager; jobs wait meanwhile and lose nothing.")
    if health.next_sweep and now - health.next_sweep > SWEEP_LATE_S:
        late_s = now - health.next_sweep
        text = f"It is {late_s:.0f} s late; the manager answered last at {clock_time(health.answered_at)}."
        return warning(check, text, "Start another worker: flatiron worker --queues poll")
    when = f"The manager answered at {clock_time(health.answered_at)}" if health.answered_at else "None was needed yet"
    return ok(check, f"{when}; jobs looked after: {record.jobs}.")


def servers(found: Sequence[NodeHealth]) -> Finding:
    """What the last share probes said of the farm's servers. Bad ones are left out of jobs."""
    check = "render nodes"
    if not found:
        return not_looked_at(check, "No share probe has been made yet; the first job makes one.")
    bad = [f"{health.server} ({health.verdict})" for health in found if not health.is_ok]
    if len(bad) == len(found):
        return wrong(check, f"No node sees the network folder rightly: {named(bad)}.", _sentence(found))
    if bad:
        return warning(check, f"Left out of jobs: {named(bad)}.", _sentence(found))
    return ok(check, f"{len(found)} see the network folder as the workers do.")


def _sentence(found: Sequence[NodeHealth]) -> str:
    return next(health.sentence for health in found if not health.is_ok)
