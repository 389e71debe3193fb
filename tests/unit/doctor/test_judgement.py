"""Every fault of the table leads to its own finding and no other, with a sentence and advice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flatiron_tasks.pipeline.gauge_book import QueueView
from flatiron_tasks.pipeline.job_index import JobRow
from flatiron_tasks.pipeline.manager_health import ManagerHealth
from flatiron_tasks.pipeline.share_probe.health import NodeHealth, NodeVerdict
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks.queues import MERGE, POLL, QUEUES
from tests.unit.doctor.facts import (
    FOLDER,
    MANAGER,
    NOW,
    SOUND,
    VERSIONS,
    report,
    with_records,
    with_redis,
    with_worker,
    workers,
)
from workers.doctor.answer_book import Answers
from workers.doctor.doctor import Sights
from workers.doctor.finding import Finding, HealthReport, State
from workers.doctor.judgement import judge
from workers.doctor.looking import Seen, Unseen
from workers.doctor.looks.records import ManagerRecord
from workers.doctor.looks.workers import WorkerFacts

OK, WARNING, WRONG = State.OK, State.WARNING, State.WRONG
FACTS = workers(report("a@one"))
ALL_BUSY = frozenset({"a@one"})


def judged(sights: Sights, settings: Settings | None = None) -> list[Finding]:
    return judge(sights, settings=settings or Settings(), wanted_managers=frozenset(), own_versions=VERSIONS)


def faults(sights: Sights) -> dict[str, State]:
    return {item.check: item.state for item in judged(sights) if item.state in (WARNING, WRONG)}


def with_workers(facts: WorkerFacts) -> Sights:
    return replace(SOUND, workers=Seen(facts))


def without_ping(queue: str) -> Answers:
    pings = {name: ping for name, ping in FACTS.answers.pings.items() if name != queue}
    return FACTS.answers.model_copy(update={"pings": pings})


def node(verdict: NodeVerdict) -> NodeHealth:
    return NodeHealth(MANAGER, "/bakes", f"node {verdict}", verdict, "What it sees.", NOW)


def manager_record(**health: float) -> ManagerRecord:
    return ManagerRecord(MANAGER, 3, ManagerHealth(**health))  # type: ignore[arg-type]


def failed_job(at: float) -> JobRow:
    return JobRow(
        "20260131-142501-7f3a9c0d", JobState.FAILED, "Castle", "ann", MANAGER, 1, 0, 1, 0, at, at, "why", False
    )


def test_a_sound_installation_has_no_fault() -> None:
    assert faults(SOUND) == {}


@pytest.mark.parametrize(
    ("sights", "check", "state"),
    [
        (with_redis(version=(6, 0, 16)), "Redis", WRONG),
        (with_redis(version=()), "Redis", WRONG),
        (with_redis(role="slave"), "Redis", WRONG),
        (with_redis(appends=False), "Redis persistence", WRONG),
        (with_redis(last_append_failed=True), "Redis persistence", WRONG),
        (with_redis(policy="volatile-lru"), "Redis eviction", WRONG),
        (with_redis(used_memory=910 << 20), "Redis memory", WRONG),
        (with_redis(used_memory=760 << 20), "Redis memory", WARNING),
        (with_redis(max_memory=0, used_memory=7900 << 20), "Redis memory", WRONG),
        (with_redis(used_memory=500 << 20, fragmentation=2.5), "Redis memory", WARNING),
        (with_redis(clock_off_s=-7.0), "Redis clock", WARNING),
        (with_redis(clock_off_s=-90.0), "Redis clock", WRONG),
        (replace(SOUND, rights=Seen(("HSET flatiron:x",))), "Redis rights", WRONG),
        (with_workers(replace(FACTS, queues={"a@one": tuple(set(QUEUES) - {MERGE})})), "queue merge", WRONG),
        (with_workers(replace(FACTS, answers=without_ping(MERGE))), "queue merge", WRONG),
        (with_workers(replace(FACTS, answers=without_ping(MERGE), busy=ALL_BUSY)), "queue merge", WARNING),
        (with_workers(replace(FACTS, queues={**FACTS.queues, "old@two": ("flatiron.merge",)})), "workers", WRONG),
        (with_worker(clock_off_s=400.0), "worker clocks", WRONG),
        (with_worker(clock_off_s=-20.0), "worker clocks", WARNING),
        (with_worker(versions={**VERSIONS, "celery": "5.4.0"}), "versions", WRONG),
        (with_worker(versions={"flatiron": "1.0"}), "versions", WRONG),
        (with_worker(formats={"exr": "exr cannot be read."}), "image formats", WRONG),
        (with_worker(folders=()), "network folders", WRONG),
        (with_worker(folders=(FOLDER.model_copy(update={"trouble": "Permission denied."}),)), "folder /bakes", WRONG),
        (with_worker(folders=(FOLDER.model_copy(update={"is_full": True}),)), "folder /bakes", WRONG),
        (with_worker(folders=(FOLDER.model_copy(update={"free_bytes": 10**6}),)), "folder /bakes", WRONG),
        (with_worker(folders=(FOLDER.model_copy(update={"clock_off_s": 99.0}),)), "folder /bakes", WARNING),
        (with_records(ticks=False), "sweep", WRONG),
        (with_records(managers=(manager_record(failing_since=NOW - 60),)), f"sweep of {MANAGER}", WRONG),
        (with_records(managers=(manager_record(next_sweep=NOW - 600),)), f"sweep of {MANAGER}", WARNING),
        (replace(SOUND, managers={MANAGER: Unseen("No answer.")}), f"manager {MANAGER}", WARNING),
        (with_records(servers=(node(NodeVerdict.OK), node(NodeVerdict.READ_ONLY))), "render nodes", WARNING),
        (with_records(servers=(node(NodeVerdict.FULL),)), "render nodes", WRONG),
        (with_records(queues=(QueueView(MERGE, 3, "id", NOW - 3600),)), "messages", WARNING),
        (with_records(oldest_taken_at=NOW - 7200), "messages", WARNING),
        (with_records(refusals={"forbidden": 2}, refused_at={"forbidden": NOW - 60}), "refused messages", WARNING),
        (with_records(failed=(failed_job(NOW - 60),)), "failed jobs", WARNING),
    ],
)  # fmt: skip
def test_a_fault_is_found_and_nothing_else(sights: Sights, check: str, state: State) -> None:
    assert faults(sights) == {check: state}
    found = next(item for item in judged(sights) if item.check == check)
    assert found.sentence
    assert found.advice


@pytest.mark.parametrize(
    "sights",
    [
        with_redis(clock_off_s=9.0, clock_known_to_s=5.0),  # a slow answer is no wrong clock
        with_redis(fragmentation=9.0, used_memory=2 << 20),
        with_redis(max_memory=0, system_memory=0),
        with_records(refusals={"not now": 9}, refused_at={"not now": NOW}),
        with_records(refusals={"forbidden": 2}, refused_at={"forbidden": NOW - 90_000}),  # it does not stay for ever
        with_records(failed=(failed_job(NOW - 10 * 86_400),)),
        with_records(queues=(QueueView("flatiron.front-desk.ann", 3, "id", 1.0),)),  # artists may write any time
        with_records(queues=(QueueView(MERGE, 0, "", None),)),
        with_records(oldest_taken_at=NOW - 900),
        with_records(managers=(manager_record(answered_at=NOW, next_sweep=NOW + 5),)),
    ],
)
def test_what_is_normal_is_no_fault(sights: Sights) -> None:
    assert faults(sights) == {}


def test_a_redis_that_does_not_answer_is_the_only_fault() -> None:
    away = Unseen("Connection refused.")
    assert faults(Sights(away, away, away, away, {})) == {"Redis": WRONG}


def test_a_full_redis_is_the_only_fault_and_nothing_else_is_blamed_for_what_it_does_not_take() -> None:
    refused = Unseen(
        "OutOfMemoryError: command not allowed when used memory > 'maxmemory'. script: 9, on @user_script:2."
    )
    full = replace(with_redis(used_memory=1000 << 20), workers=refused, records=with_records(ticks=False).records)
    assert faults(full) == {"Redis memory": WRONG}
    said = {finding.check: finding for finding in judged(full)}
    assert all(said[check].state is State.NOT_LOOKED_AT for check in ("sweep", "workers"))
    assert all("Redis is full" in said[check].sentence for check in ("sweep", "workers"))


def test_a_machine_that_is_short_of_memory_hides_no_sweep_that_stands() -> None:
    short = replace(with_redis(max_memory=0, used_memory=7900 << 20), records=with_records(ticks=False).records)
    assert faults(short) == {"Redis memory": WRONG, "sweep": WRONG}


def test_information_that_an_account_may_not_have_is_a_matter_of_rights() -> None:
    sights = replace(SOUND, redis=Unseen("No permission."), rights=Seen(("INFO memory",)))
    assert faults(sights) == {"Redis rights": WRONG}


@pytest.mark.parametrize(
    ("sights", "check"),
    [
        (replace(SOUND, records=Unseen("ValueError: 'too new'.")), "records"),
        (replace(SOUND, workers=Unseen("Workers took longer than 24 seconds.")), "workers"),
        (replace(SOUND, redis=Unseen("Redis took longer than 6 seconds.")), "Redis"),
        (replace(SOUND, rights=Unseen("Rights took longer than 6 seconds.")), "Redis rights"),
    ],
)
def test_a_doctor_who_saw_nothing_never_says_that_all_is_well(sights: Sights, check: str) -> None:
    assert faults(sights) == {check: WRONG}
    assert HealthReport(tuple(judged(sights)), 0).is_wrong
    (found,) = [item for item in judged(sights) if item.check == check]
    assert "could not be looked at" in found.sentence


def test_what_nobody_needs_to_look_at_yet_is_no_fault() -> None:
    report = HealthReport(tuple(judged(SOUND)), 0)
    assert report.counts()[State.NOT_LOOKED_AT] > 0
    assert not report.is_wrong


def test_a_clock_that_nobody_could_hear_is_not_blamed() -> None:
    facts = replace(FACTS, answers=without_ping(POLL))
    sights = replace(with_records(ticks=False), workers=Seen(facts))
    assert faults(sights) == {"queue poll": WRONG}


def test_without_any_worker_roles_are_named_and_reports_are_not_blamed() -> None:
    found = faults(with_workers(WorkerFacts({}, frozenset(), Answers())))
    assert set(found) == {"workers", *(f"queue {name.removeprefix('flatiron.')}" for name in QUEUES)}


def test_a_report_in_another_form_is_a_matter_of_versions() -> None:
    answers = FACTS.answers.model_copy(update={"unreadable": ("new@two",)})
    assert faults(with_workers(replace(FACTS, queues={**FACTS.queues, "new@two": QUEUES}, answers=answers))) == {
        "versions": WRONG
    }


def test_a_manager_that_somebody_named_must_answer() -> None:
    sights = replace(SOUND, managers={MANAGER: Unseen("No answer.")})
    found = judge(sights, settings=Settings(), wanted_managers=frozenset({MANAGER}), own_versions=VERSIONS)
    assert [item.state for item in found if item.check == f"manager {MANAGER}"] == [WRONG]


def test_an_artist_whose_queue_nobody_serves_is_named() -> None:
    served = workers(report("a@one"), queues=(*QUEUES[1:], "flatiron.front-desk.td", "flatiron.front-desk.ann"))
    found = judged(with_workers(served), Settings(artists=("Ann", "Bob")))
    assert [item.sentence for item in found if item.state is WRONG] == ["No front desk serves front-desk.bob."]
