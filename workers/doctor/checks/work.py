"""The work itself: messages that wait too long, messages that were refused, jobs that failed."""

from __future__ import annotations

from flatiron_tasks.tasks.app import VISIBILITY_SECONDS
from flatiron_tasks.tasks.front_desk import NOT_NOW
from flatiron_tasks.tasks.queues import FRONT_DESK
from workers.doctor.checks.queues import named
from workers.doctor.finding import Finding, ok, warning
from workers.doctor.looks.records import RecordFacts

OLD_S = 900.0
"""Messages that wait longer than this in a queue are old."""

RECENT_S = 86_400.0


def messages(facts: RecordFacts) -> Finding:
    """Old ones in queues, and ones that a worker took and neither finished nor gave back."""
    check = "messages"
    old = {
        item.name: facts.now - item.sent_at
        for item in facts.queues
        if item.sent_at and item.length and _is_own(item.name)
    }
    late = [f"{name.removeprefix('flatiron.')} ({age / 60:.0f} min)" for name, age in old.items() if age > OLD_S]
    if late:
        return warning(check, f"Old messages wait in {named(late)}.", "Start more workers for these queues.")
    taken_for = facts.now - facts.oldest_taken_at if facts.oldest_taken_at is not None else 0.0
    if taken_for > VISIBILITY_SECONDS + OLD_S:
        text = f"A worker took a message {taken_for / 60:.0f} minutes ago; nobody has finished it or given it back."
        return warning(check, text, "Restart the workers: it is given out again then.")
    waiting = sum(item.length for item in facts.queues)
    return ok(check, f"{waiting or 'None'} wait; none for long.")


def refusals(facts: RecordFacts) -> Finding:
    """Messages that the front desk would not take within a day. Asking too early is no offence."""
    check = "refused messages"
    recent = {
        reason: facts.refusals.get(reason, 1)
        for reason, at in facts.refused_at.items()
        if reason != NOT_NOW and facts.now - at < RECENT_S
    }
    if recent:
        text = ", ".join(f"{reason} ({number} so far)" for reason, number in sorted(recent.items()))
        return warning(
            check, f"Refused within a day: {text}.", "The workers' logs name each one: an old submitter, or an attack."
        )
    return ok(check, "No message was refused within a day.")


def failed_jobs(facts: RecordFacts) -> Finding:
    """Jobs that failed within a day and still wait for a person."""
    check = "failed jobs"
    recent = [job.job_id for job in facts.failed if facts.now - job.updated_at < RECENT_S]
    if recent:
        text = f"{len(recent)} failed within a day: {named(recent)}."
        return warning(check, text, f"See why: flatiron status {recent[0]}. Then: flatiron requeue {recent[0]}")
    return ok(check, "None failed within a day.")


def _is_own(queue: str) -> bool:
    """What artists' machines write need not be believed, not even its time."""
    return not queue.startswith(FRONT_DESK)
