"""What the workers report of themselves: do all report, do their clocks and versions agree, can they make images?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from flatiron_tasks.tasks.queues import DELIVER, MERGE
from workers.doctor.checks.queues import named
from workers.doctor.checks.redis_server import CLOCK_WARNING_S, CLOCK_WRONG_S
from workers.doctor.finding import Finding, not_looked_at, ok, warning, wrong
from workers.doctor.looks.workers import WorkerFacts

_NOBODY = "No worker has reported."


def reports(facts: WorkerFacts) -> Finding:
    """Every worker that Celery knows has reported. One of another version is `versions`' matter."""
    check = "workers"
    silent = [
        name for name in facts.queues if name not in facts.answers.reports and name not in facts.answers.unreadable
    ]
    if not facts.queues:
        return wrong(check, "No worker answers.", "Start workers: flatiron worker")
    if silent:
        text = f"{named(silent)} did not report."
        return wrong(check, text, "It is older than this program, or its machine is overloaded: update or restart it.")
    return ok(check, f"{_number(len(facts.queues), 'worker')} on {_number(_hosts(facts), 'machine')} reported.")


def clocks(facts: WorkerFacts) -> Finding:
    """Workers against Redis: a wrong clock gives messages back too early and confuses everybody who reads logs."""
    check = "worker clocks"
    off = {name: report.clock_off_s for name, report in facts.answers.reports.items()}
    if not off:
        return not_looked_at(check, _NOBODY)
    worst_name = max(off, key=lambda name: abs(off[name]))
    worst = off[worst_name]
    if abs(worst) <= CLOCK_WARNING_S:
        return ok(check, f"No clock is off by more than {abs(worst):.1f} s.")
    text = f"The clock of {worst_name} is {abs(worst):.0f} s {'ahead of' if worst > 0 else 'behind'} that of Redis."
    advice = "Let the machine take the time from a server (NTP)."
    return wrong(check, text, advice) if abs(worst) > CLOCK_WRONG_S else warning(check, text, advice)


def versions(facts: WorkerFacts, own: Mapping[str, str]) -> Finding:
    """All parts, everywhere, in the version that this machine has."""
    check = "versions"
    found = facts.answers.reports
    if not found and not facts.answers.unreadable:
        return not_looked_at(check, _NOBODY)
    advice = "Install the same version on all machines, then restart the workers."
    if facts.answers.unreadable:
        return wrong(check, f"{named(facts.answers.unreadable)}: the report is of another version.", advice)
    different = [
        f"{part} is {report.versions.get(part, 'missing')} on {name}, {wanted} here"
        for name, report in found.items()
        for part, wanted in own.items()
        if report.versions.get(part) != wanted
    ]
    if different:
        return wrong(check, f"{'; '.join(different[:2])}{' …' if len(different) > 2 else ''}.", advice)
    return ok(check, f"Everywhere {', '.join(f'{part} {number}' for part, number in own.items())}.")


def image_formats(facts: WorkerFacts) -> Finding:
    """Workers that merge or deliver read and write all formats."""
    check = "image formats"
    merging = [name for name, queues in facts.queues.items() if {MERGE, DELIVER} & set(queues)]
    found = {name: facts.answers.reports[name].formats for name in merging if name in facts.answers.reports}
    if not found:
        return not_looked_at(check, "No worker that merges or delivers has reported.")
    troubles = [f"{name}: {text}" for name, formats in found.items() for text in formats.values() if text]
    if troubles:
        return wrong(
            check, troubles[0], "Install OpenImageIO anew on that machine: pip install --force-reinstall OpenImageIO"
        )
    written = sorted(set(_all(found.values())))
    return ok(check, f"{', '.join(written)} are written and read by {_number(len(found), 'worker')}.")


def _all(formats: Iterable[Mapping[str, str]]) -> list[str]:
    return [name for item in formats for name in item]


def _hosts(facts: WorkerFacts) -> int:
    return len(Counter(report.host for report in facts.answers.reports.values()))


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
