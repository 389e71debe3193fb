"""Was every job submitted exactly once, though its program was killed? By the lines the submitters wrote, and what is.

A try that was begun either became the job of its number, or was taken back: then no event, no record and no file may
speak of it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from workers.chaos.checker import Violation

_OVER = ("done", "cancelled")


def check_submissions(folder: Path, *, until: int, states: dict[str, str]) -> list[Violation]:
    """All submitters below `folder`; jobs 0 … until - 1 had to be submitted. `states` holds all jobs heard of."""
    lines = [line for path in sorted(folder.glob("*/facts.jsonl")) for line in _lines(path)]
    flaws = [Violation("submission", job_id, flaw) for job_id, flaw in _numbers(lines, until)]
    flaws += [Violation("submission", job_id, flaw) for job_id, flaw in _strangers(lines, states)]
    return flaws + [Violation("half submission", "", f"{path} is left", (str(path),)) for path in left_open(folder)]


def left_open(folder: Path) -> list[Path]:
    """What submitters have not finished: open submissions, unreadable ones, and private folders of dead programs."""
    found = []
    for place in sorted(folder.glob("*/sessions")):
        found += sorted(place.glob("session-*/submissions/[!.]*"))
        with suppress(FileNotFoundError):  # the next program is removing it
            ages = {path: path.stat().st_mtime for path in place.glob("session-*")}
            found += [path for path in sorted(ages) if ages[path] < max(ages.values())]
    return found


def check_deaths(deaths: Iterable[str]) -> list[Violation]:
    """No submitter ended by itself: only signals end it, whose exit codes are negative."""
    own = [death for death in deaths if death.startswith("submitter") and " -" not in death]
    return [Violation("client", "", f"{death}: it fell over") for death in own]


def taken_back(folder: Path) -> int:
    """How many tries were begun and taken back."""
    lines = [line for path in sorted(folder.glob("*/facts.jsonl")) for line in _lines(path)]
    return len({line["job_id"] for line in lines if line["what"] == "taken back"})


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _numbers(lines: list[dict[str, Any]], until: int) -> Iterator[tuple[str, str]]:
    submitted: dict[int, set[str]] = defaultdict(set)
    for line in lines:
        if line["what"] == "submitted":
            submitted[line["number"]].add(line["job_id"])
    begun = {line["job_id"]: line["number"] for line in lines if line["what"] == "begun"}
    ended = {line["job_id"] for line in lines if line["what"] in ("submitted", "taken back")}
    for number in range(until):
        if not submitted[number]:
            yield "", f"job number {number} was never submitted"
        elif len(submitted[number]) > 1:
            yield min(submitted[number]), f"job number {number} was submitted as {sorted(submitted[number])}"
    for job_id in sorted(begun.keys() - ended):
        yield job_id, f"nobody knows what became of this try to submit job number {begun[job_id]}"


def _strangers(lines: list[dict[str, Any]], states: dict[str, str]) -> Iterator[tuple[str, str]]:
    submitted = {line["job_id"] for line in lines if line["what"] == "submitted"}
    begun = {line["job_id"] for line in lines if line["what"] == "begun"}
    for job_id, state in sorted(states.items()):
        if job_id not in begun:
            yield job_id, f"nobody began this job, which is {state}"
        elif job_id not in submitted and state not in _OVER:
            yield job_id, f"its submission was taken back, and the job is {state}"
