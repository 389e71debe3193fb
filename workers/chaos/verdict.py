"""From a run that is over to its report: every check, the evidence, the document."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from workers.chaos.checker import Violation, events, leftovers, submissions, textures
from workers.chaos.checker.jobs import Ending, check_ending
from workers.chaos.report import fault_table, keep_evidence
from workers.chaos.sabotage import Crime, noticed
from workers.chaos.shapes import is_doomed

if TYPE_CHECKING:
    from workers.chaos.run import Run


def judge(run: Run) -> dict[str, Any]:
    """Check everything, keep the evidence, and say what the run was and showed."""
    settled = run.violations
    run.violations = settled + list(_checks(run))
    report = _report(run)
    if run.options.broken:
        seen = noticed(run.options.broken, _crime(run), lambda: settled + list(_checks(run)))
        report["broken_on_purpose"] = {name: "noticed" if is_seen else "MISSED" for name, is_seen in seen.items()}
    if run.violations:
        share, logs = run.share.folder, run.folder / "logs"
        keep_evidence(run.violations, run.evidence, share=share, logs=logs)
        _write_records(run)
    return report


def _checks(run: Run) -> Iterator[Violation]:
    kept = set()
    for job_id, sent in run.clients.sent.items():
        found = run.endings.get(job_id) or Ending("unknown")
        yield from check_ending(job_id, found, may_be_cancelled=sent.cancelled, may_fail=is_doomed(sent.number))
        yield from run.outputs.check(sent, found)
        if not found.is_over or found.state == "failed":
            kept.add(f"flatiron-{job_id}")
    yield from textures.check_references([shape.as_dict() for shape in run.shapes], run.outputs.references)
    yield from submissions.check_submissions(run.stack.submitters, until=run.clients.until, states=run.states)
    yield from submissions.check_deaths(run.stack.deaths)
    yield from events.check_events(run.observer.events, run.observer.flushes)
    yield from run.decoys.check()
    yield from leftovers.check_share(run.share.folder, run.decoys, kept)
    yield from leftovers.check_folders(run.stack.temporary)
    yield from leftovers.check_farm(run.folder / "state" / "queue.sqlite")
    yield from leftovers.check_processes(str(run.folder), os.getpid())
    yield from run.growth.check()
    yield from run.redis_memory.check()


def _crime(run: Run) -> Crime:
    whole = [job for job, found in run.endings.items() if found.state == "done" and job not in run.outputs.retired]
    sent = run.clients.sent[whole[0]]
    reference = run.outputs.references / f"shape-{sent.shape}"
    return Crime(
        run.share.folder,
        sent.output,
        reference,
        run.stack.temporary,
        run.observer.events,
        run.decoys,
        run.growth,
        run.redis_memory,
        run.stack.submitters,
    )


def _write_records(run: Run) -> None:
    for violation in run.violations:
        job_id = violation.job_id
        if job_id in run.records:
            own = [event for event in run.observer.events if event[1]["job_id"] == job_id]
            place = run.evidence / job_id
            place.mkdir(parents=True, exist_ok=True)
            document = {"sent": vars(run.clients.sent[job_id]), "record": run.records[job_id], "events": own}
            (place / "record.json").write_text(json.dumps(document, indent=1, default=str), "utf-8")


def _report(run: Run) -> dict[str, Any]:
    return {
        "command": run.options.command,
        "seed": run.options.seed,
        "seconds": run.seconds,
        "jobs": {
            "submitted": len(run.clients.sent),
            "ended": Counter(run.endings[job].state if job in run.endings else "unknown" for job in run.records),
            "taken_back": submissions.taken_back(run.stack.submitters),
            "requeues": sum(sent.requeues for sent in run.clients.sent.values()),
        },
        "client_troubles": run.clients.troubles[:50],
        "repeats": sum(found.repeats for found in run.endings.values()),
        "deaths": len(run.stack.deaths),
        "clocks": run.skews,
        "faults": fault_table(run.injector.injections),
        "schedule": [
            {
                **asdict(item.fault),
                "at_s": round(item.at - run.began, 1),
                "struck": item.found,
                "recovered_s": _rounded(item.recovered),
            }
            for item in run.injector.injections
        ],
        "left_out": run.left_out,
        "events": len(run.observer.events),
        "memory": run.growth.table(),
        "growth_kib_per_minute": {name: round(value) for name, value in sorted(run.growth.slopes().items())},
        "redis": run.redis_memory.table(),
        "violations": [asdict(violation) for violation in run.violations],
        "broken_on_purpose": {},
        "evidence": str(run.evidence) if run.violations else "",
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
