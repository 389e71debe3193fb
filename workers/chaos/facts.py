"""What a submitter writes down for the run: a line before it makes anything of a job, and one when it knows the end.

A line is written with one call, so that a process that is killed leaves a whole line or none. Nothing of the product
reads these files; they tell the run which jobs there must be.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

BEGUN: Final = "begun"
SUBMITTED: Final = "submitted"
TAKEN_BACK: Final = "taken back"
TROUBLE: Final = "trouble"
"""Something that a person would have been told; `note` says what."""


@dataclass(frozen=True)
class Fact:
    """One line: what happened to one try to submit the job with this number."""

    what: str
    number: int
    job_id: str
    note: str = ""


class FactFile:
    """The facts of one submitter. Written by one process at a time, read by any."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def write(self, fact: Fact) -> None:
        """Append a line. Raises OSError."""
        line = f"{json.dumps(asdict(fact))}\n".encode()
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)

    def new(self) -> list[Fact]:
        """The whole lines that were not read before, in order. Raises OSError."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._read)
            block = file.read()
        whole = block[: block.rfind(b"\n") + 1]
        self._read += len(whole)
        return [Fact(**json.loads(line)) for line in whole.splitlines()]


def unresolved(facts: Iterable[Fact]) -> dict[str, int]:
    """Job id -> number of every try that has begun and of which nobody knows yet what became of it."""
    found: dict[str, int] = {}
    for fact in facts:
        if fact.what == BEGUN:
            found[fact.job_id] = fact.number
        elif fact.what in (SUBMITTED, TAKEN_BACK):
            found.pop(fact.job_id, None)
    return found


def next_number(submitted: set[int], *, first: int, step: int, until: int) -> int | None:
    """The first of the numbers `first`, `first + step`, … below `until` that is not submitted; None if all are."""
    return next((number for number in range(first, until, step) if number not in submitted), None)
