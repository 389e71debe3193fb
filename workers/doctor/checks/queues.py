"""Does somebody take from every queue? And does the clock of the sweeps tick?"""

from __future__ import annotations

from collections.abc import Sequence

from workers.doctor.answer_book import PingAnswer
from workers.doctor.finding import Finding, not_looked_at, ok, warning, wrong
from workers.doctor.looks.records import RecordFacts
from workers.doctor.looks.workers import WorkerFacts

MOST_NAMED = 3
REDIS_IS_FULL = "Redis is full, or nearly so: what has to go through it may not get through."


def queue(name: str, facts: WorkerFacts) -> Finding:
    """One queue: a ping went through it."""
    check = f"queue {_role(name)}"
    answer = facts.answers.pings.get(name)
    if name not in facts.served:
        return wrong(check, "No worker serves it.", f"Start one: flatiron worker --queues {_command_role(name)}")
    if answer is None:
        return _silent(check, name, facts)
    servers = sum(name in queues for queues in facts.queues.values())
    return ok(
        check, f"{_taker(answer)} took a ping; {servers} {'worker serves' if servers == 1 else 'workers serve'} it."
    )


def artists_queues(names: Sequence[str], facts: WorkerFacts) -> Finding:
    """The queues of artists' accounts, through which the staff cannot send."""
    check = "artists' queues"
    missing = [_role(name) for name in names if name not in facts.served]
    if missing:
        text = f"No front desk serves {named(missing)}."
        return wrong(check, text, "Name all artists in the front desk's settings (`artists`) and restart it.")
    return ok(check, f"All {len(names)} are served.")


def clock_of_sweeps(records: RecordFacts, *, would_hear: bool, is_full: bool) -> Finding:
    """Beat ticks, and a worker hears it. `would_hear` is False if it is known that no worker takes what beat sends.

    `is_full`: Redis may take no tick.
    """
    check = "sweep"
    if records.ticks:
        return ok(check, "The clock of the sweeps ticks.")
    if is_full:
        return not_looked_at(check, REDIS_IS_FULL)
    if not would_hear:
        return not_looked_at(check, "Nobody takes from the queue poll, so nobody would hear the clock.")
    return wrong(
        check,
        "The clock of the sweeps has not ticked for 30 seconds: no job goes on by itself.",
        "Start it, once per farm: flatiron sweep. It needs a worker for the queue poll.",
    )


def named(names: Sequence[str]) -> str:
    """A few names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _silent(check: str, name: str, facts: WorkerFacts) -> Finding:
    servers = [worker for worker, queues in facts.queues.items() if name in queues]
    if set(servers) <= facts.busy:
        return warning(
            check,
            f"All that serve it are at work ({named(servers)}); a ping still waits.",
            "Nothing to do if it is soon over; otherwise start another worker for it.",
        )
    return wrong(
        check,
        f"{named(servers)} should serve it, but a ping was not answered.",
        "Restart the worker; its log may say what it hangs on.",
    )


def _taker(answer: PingAnswer) -> str:
    return answer.worker or f"process {answer.pid} on {answer.host}"


def _role(queue_name: str) -> str:
    return queue_name.removeprefix("flatiron.")


def _command_role(queue_name: str) -> str:
    return "front-desk" if _role(queue_name).startswith("front-desk") else _role(queue_name)
