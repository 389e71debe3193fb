"""Facts of a sound installation; tests make one thing in them wrong."""

from __future__ import annotations

from dataclasses import replace

from flatiron_tasks.tasks.queues import QUEUES
from workers.doctor.answer_book import Answers, FolderReport, PingAnswer, WorkerReport
from workers.doctor.doctor import Sights
from workers.doctor.looking import Seen
from workers.doctor.looks.managers import ManagerFacts
from workers.doctor.looks.records import RecordFacts
from workers.doctor.looks.redis_server import RedisFacts
from workers.doctor.looks.workers import WorkerFacts

VERSIONS = {"flatiron": "1.0", "celery": "5.7.0"}
MANAGER = "farm:3234"
NOW = 1_000_000.0

REDIS = RedisFacts(
    version=(7, 2, 4),
    product="Redis 7.2.4",
    role="master",
    appends=True,
    last_append_failed=False,
    policy="noeviction",
    used_memory=100 << 20,
    max_memory=1000 << 20,
    system_memory=8 << 30,
    fragmentation=1.1,
    clock_off_s=0.0,
    clock_known_to_s=0.001,
)
FOLDER = FolderReport(path="/bakes", target="/bakes", free_bytes=10**12, rename_ms=3)
RECORDS = RecordFacts(
    now=NOW, ticks=True, managers=(), servers=(), queues=(), oldest_taken_at=None, refusals={}, refused_at={}, failed=()
)


def report(name: str, **changes: object) -> WorkerReport:
    sound = WorkerReport(
        worker=name,
        host=name.partition("@")[2],
        pid=7,
        versions=VERSIONS,
        clock_off_s=0.1,
        folders=(FOLDER,),
        formats={"exr": "", "png": ""},
    )
    return sound.model_copy(update=changes)


def workers(*reports: WorkerReport, queues: tuple[str, ...] = QUEUES) -> WorkerFacts:
    """Workers that all serve these queues, have answered all pings, and report this."""
    pings = {queue: PingAnswer(worker=reports[0].worker, host="h", pid=1) for queue in queues}
    answers = Answers(pings=pings, reports={item.worker: item for item in reports})
    return WorkerFacts({item.worker: queues for item in reports}, frozenset(), answers)


SOUND = Sights(
    redis=Seen(REDIS),
    rights=Seen(()),
    records=Seen(RECORDS),
    workers=Seen(workers(report("a@one"), report("b@two"))),
    managers={MANAGER: Seen(ManagerFacts("300", 4, 2))},
)


def with_redis(**changes: object) -> Sights:
    return replace(SOUND, redis=Seen(replace(REDIS, **changes)))  # type: ignore[arg-type]


def with_records(**changes: object) -> Sights:
    return replace(SOUND, records=Seen(replace(RECORDS, **changes)))  # type: ignore[arg-type]


def with_worker(**changes: object) -> Sights:
    """One of two workers differs."""
    return replace(SOUND, workers=Seen(workers(report("a@one"), report("b@two", **changes))))
