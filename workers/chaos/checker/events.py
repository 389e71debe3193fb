"""Did a client that was away half of the time hear of every change once? By the sequence numbers of each job.

When the database is emptied, numbering begins again for jobs that go on: each time between two such moments is checked
by itself, and its end may be missing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from workers.chaos.checker import Violation

Event = dict[str, Any]
_NEXT = {
    "submitted": ("rendering", "failed", "cancelling"),
    "rendering": ("merging", "failed", "cancelling"),
    "merging": ("delivering", "rendering", "failed", "cancelling"),
    "delivering": ("done", "ready_to_collect", "rendering", "failed", "cancelling"),
    "ready_to_collect": ("done", "submitted", "failed", "cancelling"),
    "failed": ("submitted", "cancelling"),
    "cancelling": ("cancelled",),
    "done": (),
    "cancelled": (),
}


def check_events(entries: Sequence[tuple[str, Event]], flushes: Sequence[int]) -> list[Violation]:
    """All events that were heard, in the order of their ids; `flushes` are times in milliseconds."""
    lives: dict[tuple[str, int], list[Event]] = defaultdict(list)
    for entry, event in entries:
        lives[event["job_id"], bisect_right(flushes, int(entry.split("-")[0]))].append(event)
    return [flaw for (job_id, _), events in lives.items() for flaw in _check_life(job_id, events)]


def _check_life(job_id: str, events: list[Event]) -> list[Violation]:
    numbers = [event["sequence"] for event in events]
    flaws = [f"event {number} came twice" for number in sorted({n for n in numbers if numbers.count(n) > 1})]
    flaws += [f"event {number} never came" for number in range(1, max(numbers)) if number not in set(numbers)]
    if numbers != sorted(numbers):
        flaws.append(f"events came in the order {numbers}")
    flaws += _check_states(events)
    flaws += _check_textures(events)
    return [Violation("events", job_id, flaw) for flaw in flaws]


def _check_states(events: Iterable[Event]) -> list[str]:
    """Every event tells the state; it changes by events of its own, or back to rendering by a requeue."""
    flaws, state = [], None
    for event in events:
        new = event["state"]
        if state is not None and new != state and new not in _NEXT[state]:
            flaws.append(f"{state} became {new} in event {event['sequence']}")
        if state is not None and new == state and event["kind"] == "state":
            flaws.append(f"{state} was announced twice, again in event {event['sequence']}")
        state = new
    return flaws


def _check_textures(events: Iterable[Event]) -> list[str]:
    """Each delivery counts one more; nothing is delivered after the last one."""
    flaws, done = [], None
    for event in events:
        now, total = event["textures_done"], event["textures_total"]
        if now > total:
            flaws.append(f"{now} of {total} textures are delivered in event {event['sequence']}")
        if event["kind"] == "texture" and done is not None and now > done + 1:
            flaws.append(f"{now - done} textures were delivered in event {event['sequence']}")
        if event["state"] == "done" and now != total:
            flaws.append(f"done with {now} of {total} textures in event {event['sequence']}")
        done = now
    return flaws
