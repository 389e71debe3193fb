"""One run of the doctor: look at everything at once, each look with a limit of its own, then judge what was seen.

`examine` asks Redis, every worker and every farm manager. `health_report` is for health endpoints: it reads Redis only,
so that it may be asked every few seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flatiron_tasks.contracts.channels import account_of_url
from flatiron_tasks.pipeline.clock import RedisClock
from flatiron_tasks.pipeline.store import TOOL_ANSWER_S, JobStore, connect
from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks.app import make_app
from flatiron_tasks.tasks.queues import QUEUES, served_queues
from workers.doctor import judgement
from workers.doctor.finding import HealthReport
from workers.doctor.looking import Look, Seen, Sight, Unseen
from workers.doctor.looks import managers, records, redis_server, workers
from workers.doctor.looks.managers import ManagerFacts
from workers.doctor.looks.records import RecordFacts
from workers.doctor.looks.redis_server import RedisFacts
from workers.doctor.looks.workers import WorkerFacts
from workers.doctor.worker_report import own_versions

REDIS_S, RECORDS_S, MANAGER_S = 6.0, 8.0, 15.0
WORKERS_S = 2 * workers.CENSUS_S + workers.ANSWERS_S + 6.0

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Sights:
    """Everything that was seen, or why not. `workers` is None if nobody looked; `managers` by "host:port"."""

    redis: Sight[RedisFacts]
    rights: Sight[tuple[str, ...]]
    records: Sight[RecordFacts]
    workers: Sight[WorkerFacts] | None = None
    managers: Mapping[str, Sight[ManagerFacts]] | None = None


def examine(settings: Settings, *, managers: Sequence[str] = (), tell: Tell = lambda _: None) -> HealthReport:
    """Look at everything. `managers` ("host:port") are asked besides those of the jobs that are known.

    `tell` hears what has been looked at, from other threads. Takes half a minute at most, a few seconds normally.
    """
    begun = time.monotonic()
    with connect(settings.redis_url, answer_s=TOOL_ANSWER_S) as client:
        sights = _look_at_everything(client, settings, managers, tell)
    versions = own_versions() if isinstance(sights.workers, Seen) else {}
    findings = judgement.judge(sights, settings=settings, wanted_managers=frozenset(managers), own_versions=versions)
    return HealthReport(tuple(findings), time.monotonic() - begun)


def health_report(settings: Settings) -> HealthReport:
    """What can be said from Redis alone: Redis itself, the clock of the sweeps, farm managers as workers see them."""
    begun = time.monotonic()
    with connect(settings.redis_url, answer_s=TOOL_ANSWER_S) as client:
        sights = _look_at_server(client, settings, lambda _: None)
        if isinstance(sights.rights, Seen):
            sights = replace(sights, records=_look_at_records(client, settings, lambda _: None).sight())
    findings = judgement.judge(sights, settings=settings, wanted_managers=frozenset(), own_versions={})
    return HealthReport(tuple(findings), time.monotonic() - begun)


def _look_at_everything(client: Any, settings: Settings, managers: Sequence[str], tell: Tell) -> Sights:
    asked = {manager: _look_at_manager(settings, manager, tell) for manager in dict.fromkeys(managers)}
    sights = _look_at_server(client, settings, tell)
    if isinstance(sights.rights, Seen):
        answers = _look_at_workers(client, settings, tell)
        sights = replace(sights, records=_look_at_records(client, settings, tell).sight())
        for manager in _known_managers(sights.records):
            if manager not in asked:
                asked[manager] = _look_at_manager(settings, manager, tell)
        sights = replace(sights, workers=answers.sight())
    return replace(sights, managers={manager: look.sight() for manager, look in asked.items()})


def _look_at_server(client: Any, settings: Settings, tell: Tell) -> Sights:
    """Redis first: without it there is nothing else to ask, and every further time-out would be waited for in vain."""
    server = Look("Redis", lambda: redis_server.look(client), limit_s=REDIS_S, tell=tell)
    rights = Look("rights", lambda: _rights(client, settings), limit_s=REDIS_S, tell=tell)
    return Sights(server.sight(), rights.sight(), records=Unseen("Redis does not answer."))


def _look_at_records(client: Any, settings: Settings, tell: Tell) -> Look[RecordFacts]:
    store, account = JobStore(client, RedisClock(client)), account_of_url(settings.redis_url)
    return Look(
        "records",
        lambda: records.look(client, store, _queues(settings), account=account),
        limit_s=RECORDS_S,
        tell=tell,
    )


def _known_managers(sight: Sight[RecordFacts]) -> tuple[str, ...]:
    return tuple(record.address for record in sight.facts.managers) if isinstance(sight, Seen) else ()


def _look_at_workers(client: Any, settings: Settings, tell: Tell) -> Look[WorkerFacts]:
    def look() -> WorkerFacts:
        with make_app(settings, ()) as app:
            return workers.look(app, client, judgement.pinged_queues(settings.artists))

    return Look("workers", look, limit_s=WORKERS_S, tell=tell)


def _look_at_manager(settings: Settings, manager: str, tell: Tell) -> Look[ManagerFacts]:
    return Look(f"manager {manager}", lambda: managers.look(settings, manager), limit_s=MANAGER_S, tell=tell)


def _rights(client: Any, settings: Settings) -> tuple[str, ...]:
    return redis_server.look_at_rights(client, _queues(settings))


def _queues(settings: Settings) -> tuple[str, ...]:
    return served_queues(QUEUES, settings.artists)
