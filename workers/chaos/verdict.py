"""From a run that is over to its report: every check, the evidence, the document."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from workers.chaos import report
from workers.chaos.checker import Violation, events, leftovers, textures
from workers.chaos.checker.jobs import Ending, check_ending
from workers.chaos.clients import Sent
from workers.chaos.sabotage import Crime, noticed
from workers.chaos.shapes import is_doomed, shape_of

if TYPE_CHECKING:
    from workers.chaos.run import Run


def judge(run: Run) -> dict[str, Any]:
    """Check everything, keep the evidence, and say what the run was and showed."""
    settled = run.violations
    run.violations = settled + list(_checks(run))
    if run.options.broken:
        run.noticed = noticed(run.options.broken, _crime(run), lambda: settled + list(_checks(run)))
    if run.violations:
        share, logs = run.share.folder, run.folder / "logs"
        report.keep_evidence(run.violations, run.evidence, share=share, logs=logs)
        _write_records(run)
    return _report(run)


def _checks(run: Run) -> Iterator[Violation]:
    kept = set()
    for job_id, sent in run.clients.sent.items():
        found = run.endings.get(job_id) or Ending("unknown")
        yield from check_ending(job_id, found, may_be_cancelled=sent.cancelled, may_fail=is_doomed(sent.number))
        yield from _check_output(run, sent, found)
        if not found.is_over or found.state == "failed":
            kept.add(f"flatiron-{job_id}")
    yield from textures.check_references([shape.as_dict() for shape in run.shapes], run.references)
    yield from events.check_events(run.observer.events, run.observer.flushes)
    yield from run.decoys.check()
    yield from leftovers.check_share(run.share.folder, run.decoys, kept)
    yield from leftovers.check_folders(run.stack.temporary)
    yield from leftovers.check_farm(run.folder / "state" / "queue.sqlite")
    yield from leftovers.check_processes(str(run.folder), os.getpid())
    yield from run.growth.check()


def _check_output(run: Run, sent: Sent, found: Ending) -> list[Violation]:
    reference = run.references / f"shape-{shape_of(sent.number, run.shapes).number}"
    if found.state == "done" or (found.state == "gone" and not sent.cancelled):
        return textures.check_delivery(sent.job_id, sent.output, reference)
    if found.state == "cancelled":
        return textures.check_withdrawn(sent.job_id, sent.output, reference)
    return []


def _crime(run: Run) -> Crime:
    done = next(job for job, found in run.endings.items() if found.state == "done")
    sent = run.clients.sent[done]
    reference = run.references / f"shape-{sent.shape}"
    return Crime(
        run.share.folder,
        sent.output,
        reference,
        run.stack.temporary,
        run.observer.events,
        run.decoys,
        run.growth,
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
            "requeues": sum(sent.requeues for sent in run.clients.sent.values()),
        },
        "client_troubles": run.clients.troubles[:50],
        "repeats": sum(found.repeats for found in run.endings.values()),
        "deaths": len(run.stack.deaths),
        "clocks": run.skews,
        "faults": report.fault_table(run.injector.injections),
        "schedule": [
            {**asdict(item.fault), "at_s": round(item.at - run.began, 1), "struck": item.found}
            for item in run.injector.injections
        ],
        "left_out": run.left_out,
        "events": len(run.observer.events),
        "growth_kib_per_minute": {name: round(value) for name, value in sorted(run.growth.slopes().items())},
        "violations": [asdict(violation) for violation in run.violations],
        "broken_on_purpose": {name: "noticed" if seen else "MISSED" for name, seen in run.noticed.items()},
        "evidence": str(run.evidence) if run.violations else "",
    }
