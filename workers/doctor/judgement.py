"""From everything that was seen to the table, in its order. Pure. The checks themselves are in `checks/`.

A thing that fails only because another one does is "not looked at": each fault shall be one finding. But if no finding
is wrong, nothing explains why a look has failed, and that itself is wrong: who sees nothing must not say that all is
well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks.queues import FRONT_DESK, POLL, QUEUES, front_desk_queues
from workers.doctor.checks import farm, queues, redis_server, shares, work
from workers.doctor.checks import workers as worker_checks
from workers.doctor.finding import Finding, State, not_looked_at, wrong
from workers.doctor.looking import Seen, Sight, Unseen

if TYPE_CHECKING:
    from workers.doctor.doctor import Sights
    from workers.doctor.looks.records import RecordFacts
    from workers.doctor.looks.redis_server import RedisFacts
    from workers.doctor.looks.workers import WorkerFacts

_FactsT = TypeVar("_FactsT")
_LOOKS = ("Redis", "Redis rights", "workers", "records")
"""Findings that stand for a whole look, if that has failed."""


def pinged_queues(artists: Sequence[str]) -> tuple[str, ...]:
    """Queues through which the staff may send: of the front desk, its own only."""
    return tuple(front_desk_queues(artists)[0] if queue == FRONT_DESK else queue for queue in QUEUES)


def judge(
    sights: Sights, *, settings: Settings, wanted_managers: frozenset[str], own_versions: Mapping[str, str]
) -> list[Finding]:
    """All findings."""
    found = _findings(sights, settings, wanted_managers, own_versions)
    if any(finding.state is State.WRONG for finding in found):
        return found
    return [_blind(finding) if finding.check in _LOOKS else finding for finding in found]


def _findings(
    sights: Sights, settings: Settings, wanted_managers: frozenset[str], own_versions: Mapping[str, str]
) -> list[Finding]:
    found = list(_redis(sights))
    if sights.workers is not None:
        found += _of(
            _without_room(sights.workers, sights), "workers", lambda facts: _workers(facts, settings, own_versions)
        )
    found += _of(sights.records, "records", lambda facts: _records(facts, sights, wanted_managers))
    if sights.managers is not None and isinstance(sights.records, Unseen):
        found += (farm.manager(name, sight, is_needed=True) for name, sight in sights.managers.items())
    return found


def _redis(sights: Sights) -> Iterator[Finding]:
    if isinstance(sights.redis, Unseen):
        if isinstance(sights.rights, Seen):  # it answers, but not this question
            yield not_looked_at("Redis", sights.redis.why)
            yield redis_server.rights(sights.rights.facts)
            return
        advice = "Start Redis, or correct `redis_url` in the settings (environment: FLATIRON_REDIS_URL)."
        yield wrong("Redis", f"It does not answer. {sights.redis.why}", advice)
        return
    for check in (
        redis_server.version,
        redis_server.persistence,
        redis_server.eviction,
        redis_server.memory,
        redis_server.clock,
    ):
        yield check(sights.redis.facts)
    yield from _of(sights.rights, "Redis rights", lambda denied: [redis_server.rights(denied)])


def _workers(facts: WorkerFacts, settings: Settings, own_versions: Mapping[str, str]) -> Iterator[Finding]:
    yield worker_checks.reports(facts)
    for name in pinged_queues(settings.artists):
        yield queues.queue(name, facts)
    if settings.artists:
        yield queues.artists_queues(front_desk_queues(settings.artists)[1:], facts)
    yield worker_checks.clocks(facts)
    yield worker_checks.versions(facts, own_versions)
    yield worker_checks.image_formats(facts)
    yield from shares.folders(facts, least_free_mb=settings.share_probe_free_mb)


def _records(facts: RecordFacts, sights: Sights, wanted_managers: frozenset[str]) -> Iterator[Finding]:
    yield queues.clock_of_sweeps(facts, would_hear=_would_hear(sights.workers), is_full=_is_full(sights.redis))
    busy = {record.address for record in facts.managers if record.jobs}
    for name, sight in sorted((sights.managers or {}).items()):
        yield farm.manager(name, sight, is_needed=name in wanted_managers or name in busy)
    for record in facts.managers:
        if record.jobs and facts.ticks:
            yield farm.last_sweep(record, facts.now)
    yield farm.servers(facts.servers)
    yield work.messages(facts)
    yield work.refusals(facts)
    yield work.failed_jobs(facts)


def _blind(finding: Finding) -> Finding:
    """The finding about a look that has failed for no reason that another finding gives."""
    if finding.state is not State.NOT_LOOKED_AT:
        return finding
    advice = "Look again. If it stays so, bring Redis, workers and this program to one version and see their logs."
    return wrong(finding.check, f"It could not be looked at. {finding.sentence}", advice)


def _would_hear(workers: Sight[WorkerFacts] | None) -> bool:
    return not isinstance(workers, Seen) or POLL in workers.facts.answers.pings


def _is_full(redis: Sight[RedisFacts]) -> bool:
    return isinstance(redis, Seen) and redis_server.may_refuse_writes(redis.facts)


def _without_room(sight: Sight[_FactsT], sights: Sights) -> Sight[_FactsT]:
    """A question that a full Redis did not take is that Redis' fault, and `Redis memory` says what to do."""
    return Unseen(queues.REDIS_IS_FULL) if isinstance(sight, Unseen) and _is_full(sights.redis) else sight


def _of(
    sight: Sight[_FactsT], check: str, judged: Callable[[_FactsT], Iterator[Finding] | Sequence[Finding]]
) -> Iterator[Finding]:
    """The findings about something, or the one that it was not looked at."""
    if isinstance(sight, Seen):
        yield from judged(sight.facts)
    else:
        yield not_looked_at(check, sight.why)
