"""Breaks invariants on purpose, after a run: a checker that does not notice is worth nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flatiron_tasks.contracts.errors import BadInputError
from workers.chaos.checker import Violation
from workers.chaos.checker.decoys import Decoys
from workers.chaos.checker.growth import Growth
from workers.chaos.checker.redis_memory import RedisMemory

_GROWN_MIB = 20


@dataclass(frozen=True)
class Crime:
    """What a run left, for whoever falsifies it. `delivered` is the output folder of a finished job."""

    share: Path
    delivered: Path
    reference: Path
    temporary: Path
    events: list[tuple[str, dict[str, Any]]]
    decoys: Decoys
    growth: Growth
    redis_memory: RedisMemory
    submitters: Path


def _texture(crime: Crime) -> None:
    path = sorted(crime.delivered.iterdir())[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _extra_file(crime: Crime) -> None:
    (crime.delivered / ".texture.png.0123456789abcdef.tmp").touch()


def _reference(crime: Crime) -> None:
    """A fault-free bake that was none: the formula tells."""
    path = sorted(crime.reference.iterdir())[0]
    others = [item for item in sorted(crime.reference.parent.rglob("*")) if item.is_file()]
    other = next(item for item in others if item.read_bytes() != path.read_bytes())
    path.write_bytes(other.read_bytes())


def _lost_event(crime: Crime) -> None:
    del crime.events[len(crime.events) // 2]


def _doubled_event(crime: Crime) -> None:
    crime.events.insert(len(crime.events) // 2, crime.events[len(crime.events) // 2])


def _foreign_file(crime: Crime) -> None:
    next(iter(crime.decoys.planted)).unlink()


def _job_folder(crime: Crime) -> None:
    (crime.share / "flatiron-20260101-000000-00000000" / "pieces").mkdir(parents=True)


def _temporary_file(crime: Crime) -> None:
    (crime.temporary / "left").touch()


def _process(crime: Crime) -> Callable[[], None]:
    process = subprocess.Popen([sys.executable, "-c", "input()", str(crime.share)], stdin=subprocess.PIPE)

    def end() -> None:
        process.communicate(b"\n")

    return end


def _memory(crime: Crime) -> None:
    crime.growth.rss["worker-0 (0)"] = [(60.0 * minute, 1024.0 * _GROWN_MIB * minute) for minute in range(30)]


def _redis_memory(crime: Crime) -> None:
    crime.redis_memory.keys["20260101-000000-00000000"] = [1 << 20]


def _lost_submission(crime: Crime) -> None:
    path = crime.submitters / "submitter-1" / "facts.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if json.loads(line)["number"] != 0), "utf-8")


def _doubled_submission(crime: Crime) -> None:
    fact = {"what": "submitted", "number": 0, "job_id": "20260101-000000-00000000"}
    with (crime.submitters / "submitter-1" / "facts.jsonl").open("a", encoding="utf-8") as file:
        file.write(f"{json.dumps(fact)}\n")


def _half_submission(crime: Crime) -> None:
    (crime.submitters / "submitter-1" / "sessions" / "session-0123456789abcdef").mkdir()


@dataclass(frozen=True)
class Kind:
    """`commit` breaks the invariant that the checker calls `invariant`; it may return what ends it."""

    invariant: str
    commit: Callable[[Crime], Callable[[], None] | None]


CRIMES: Mapping[str, Kind] = {
    "texture": Kind("texture", _texture),
    "extra-file": Kind("texture", _extra_file),
    "reference": Kind("formula", _reference),
    "lost-event": Kind("events", _lost_event),
    "doubled-event": Kind("events", _doubled_event),
    "foreign-file": Kind("foreign file", _foreign_file),
    "job-folder": Kind("left on the share", _job_folder),
    "temporary-file": Kind("temporary file", _temporary_file),
    "process": Kind("process", _process),
    "memory": Kind("memory", _memory),
    "redis-memory": Kind("memory of Redis", _redis_memory),
    "doubled-submission": Kind("submission", _doubled_submission),
    "lost-submission": Kind("submission", _lost_submission),
    "half-submission": Kind("half submission", _half_submission),
}
"""What `flatiron chaos --break` takes."""


def chosen(names: tuple[str, ...]) -> tuple[str, ...]:
    """These, or all of them for `all`. Raises BadInputError."""
    if names == ("all",):
        return tuple(CRIMES)
    if not set(names) <= set(CRIMES):
        raise BadInputError(
            f"--break knows no {', '.join(sorted(set(names) - set(CRIMES)))}.",
            advice=f"Choose from {', '.join(CRIMES)}.",
        )
    return names


def noticed(names: Iterable[str], crime: Crime, check: Callable[[], list[Violation]]) -> dict[str, bool]:
    """Break one invariant after the other; which of them the checks notice, by more violations than before."""
    found, before = {}, Counter(item.invariant for item in check())
    for name in names:
        end = CRIMES[name].commit(crime)
        try:
            after = Counter(item.invariant for item in check())
        finally:
            if end is not None:
                end()
        found[name] = after[CRIMES[name].invariant] > before[CRIMES[name].invariant]
        before = after
    return found
