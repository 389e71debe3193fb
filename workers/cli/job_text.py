"""What a job's status means for a person: words, counts and the exact next command. No layout."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flatiron_tasks.api import JobStatus

ENDED = ("done", "ready_to_collect", "cancelled", "failed")
BAD = ("failed", "cancelled")
_LISTED = 3  # more ranges of passes than this are said as --all-failed
_AT_HAND = ("delivered", "beside")  # the texture is in the output folder


def passes_merged(job: JobStatus) -> int:
    """Number of merged passes."""
    return sum(item.state == "merged" for item in job.passes)


def textures_done(job: JobStatus) -> int:
    """Number of textures that need nothing more from the workers."""
    return sum(item.state in (*_AT_HAND, "collectable") for item in job.textures)


def state_words(state: str) -> str:
    """A state as people read it."""
    return state.replace("_", " ")


def next_commands(job: JobStatus) -> tuple[str, ...]:
    """The exact commands that bring a job on, none if it needs nobody."""
    if job.state == "ready_to_collect":
        return (f"flatiron collect {job.job_id}",)
    if job.state != "failed":
        return ()
    failed = compact(item.index for item in job.passes if item.state == "failed")
    options = "".join(f" --pass {part}" for part in failed) if len(failed) <= _LISTED else " --all-failed"
    return (f"flatiron requeue {job.job_id}{options}",)


def compact(numbers: Iterable[int]) -> list[str]:
    """Numbers as a list of single ones and ranges: 1, 4-6."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and parts[-1][-1] == number - 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return [str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts]


def age(since: datetime, now: datetime) -> str:
    """How long ago, in one unit: 12 s, 5 min, 3 h, 2 d."""
    seconds = max(0.0, (now - since).total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{int(seconds)} s"


def now_words(job: JobStatus) -> str:
    """Where the job stands at this moment, with the seconds in it."""
    return f"{job.sentence} {job.waiting}".strip()


def one_line(job: JobStatus) -> str:
    """The status of a job on one line, for logs and pipes."""
    return (
        f"{job.job_name} ({job.job_id}): {state_words(job.state)},"
        f" passes {passes_merged(job)}/{len(job.passes)},"
        f" textures {textures_done(job)}/{len(job.textures)}: {job.sentence}"
    )


def as_json(status: JobStatus | Sequence[JobStatus]) -> str:
    """One status, or a list of them, for programs."""
    data = dataclasses.asdict(status) if dataclasses.is_dataclass(status) else [dataclasses.asdict(s) for s in status]
    return json.dumps(data, indent=2, default=str, ensure_ascii=False)
