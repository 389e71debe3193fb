"""Every numbered job is submitted exactly once, whoever was killed; the checker notices if not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.chaos.checker.submissions import check_deaths, check_submissions, left_open
from workers.chaos.facts import BEGUN, SUBMITTED, TAKEN_BACK, Fact, FactFile, next_number, unresolved

JOB, OTHER = "20260101-000000-00000001", "20260101-000000-00000002"


def write(folder: Path, *lines: tuple[str, int, str]) -> Path:
    place = folder / "submitter-1"
    (place / "sessions" / "session-0000000000000001").mkdir(parents=True, exist_ok=True)
    file = FactFile(place / "facts.jsonl")
    for line in lines:
        file.write(Fact(*line))
    return folder


def found(folder: Path, *, until: int = 1, **states: str) -> list[str]:
    heard: dict[str, Any] = {JOB: states["job"]} if "job" in states else {}
    heard |= {OTHER: states["other"]} if "other" in states else {}
    return [item.what for item in check_submissions(folder, until=until, states=heard)]


def test_a_job_that_was_submitted_once_is_no_violation(tmp_path: Path) -> None:
    assert found(write(tmp_path, (BEGUN, 0, JOB), (SUBMITTED, 0, JOB)), job="done") == []


def test_a_try_that_was_taken_back_before_is_no_violation(tmp_path: Path) -> None:
    lines = [(BEGUN, 0, OTHER), (TAKEN_BACK, 0, OTHER), (BEGUN, 0, JOB), (SUBMITTED, 0, JOB)]
    assert found(write(tmp_path, *lines), job="done") == []


@pytest.mark.parametrize(
    ("lines", "flaw"),
    [
        ([], "was never submitted"),
        ([(BEGUN, 0, JOB), (TAKEN_BACK, 0, JOB)], "was never submitted"),
        ([(BEGUN, 0, JOB), (SUBMITTED, 0, JOB), (BEGUN, 0, OTHER), (SUBMITTED, 0, OTHER)], "was submitted as"),
        ([(BEGUN, 0, JOB), (SUBMITTED, 0, JOB), (BEGUN, 0, OTHER)], "nobody knows what became"),
    ],
)
def test_a_number_without_exactly_one_job_is_noticed(
    tmp_path: Path, lines: list[tuple[str, int, str]], flaw: str
) -> None:
    write(tmp_path, *lines)
    (tmp_path / "submitter-1" / "facts.jsonl").touch()
    assert [flaw in what for what in found(tmp_path)] == [True]


def test_a_job_that_goes_on_though_its_submission_was_taken_back_is_noticed(tmp_path: Path) -> None:
    write(tmp_path, (BEGUN, 0, OTHER), (TAKEN_BACK, 0, OTHER), (BEGUN, 0, JOB), (SUBMITTED, 0, JOB))
    assert ["taken back" in what for what in found(tmp_path, job="done", other="rendering")] == [True]
    assert found(tmp_path, job="done", other="cancelled") == []


def test_a_job_that_nobody_began_is_noticed(tmp_path: Path) -> None:
    write(tmp_path, (BEGUN, 0, JOB), (SUBMITTED, 0, JOB))
    assert ["nobody began" in what for what in found(tmp_path, job="done", other="done")] == [True]


def test_an_open_submission_and_the_folder_of_a_dead_program_are_noticed(tmp_path: Path) -> None:
    sessions = write(tmp_path) / "submitter-1" / "sessions"
    assert left_open(tmp_path) == []
    (sessions / "session-0000000000000001" / "submissions").mkdir()
    entry = sessions / "session-0000000000000001" / "submissions" / f"{JOB}.submission.json"
    entry.touch()
    assert left_open(tmp_path) == [entry]
    entry.unlink()
    old = sessions / "session-0000000000000002"
    old.mkdir()
    (old / "lock").touch()
    os.utime(old, (1, 1))
    assert left_open(tmp_path) == [old]


def test_a_submitter_that_falls_over_is_noticed_and_one_that_is_killed_is_not() -> None:
    deaths = ["submitter-1.2: exit code -9", "submitter-2.1: exit code 1", "worker-1.1: exit code 1"]
    assert [item.what for item in check_deaths(deaths)] == ["submitter-2.1: exit code 1: it fell over"]


@given(st.lists(st.integers(0, 5), unique=True))
def test_tries_are_unresolved_until_somebody_says_what_became_of_them(resolved: list[int]) -> None:
    facts = [Fact(BEGUN, number, f"job-{number}") for number in range(6)]
    facts += [Fact((SUBMITTED, TAKEN_BACK)[number % 2], number, f"job-{number}") for number in resolved]
    assert set(unresolved(facts).values()) == set(range(6)) - set(resolved)


@given(st.integers(0, 30), st.integers(1, 4))
def test_submitters_share_all_numbers_and_no_number_twice(until: int, step: int) -> None:
    submitted: list[int] = []
    for first in range(step):
        own: set[int] = set()
        while (number := next_number(own, first=first, step=step, until=until)) is not None:
            own.add(number)
        submitted += own
    assert sorted(submitted) == list(range(until))


def test_a_line_that_is_not_whole_yet_is_read_later(tmp_path: Path) -> None:
    file = FactFile(tmp_path / "facts.jsonl")
    file.write(Fact(BEGUN, 0, JOB))
    line = json.dumps(vars(Fact(SUBMITTED, 0, JOB)))
    with (tmp_path / "facts.jsonl").open("a", encoding="utf-8") as raw:
        raw.write(line[:10])
    assert [fact.what for fact in file.new()] == [BEGUN]
    with (tmp_path / "facts.jsonl").open("a", encoding="utf-8") as raw:
        raw.write(f"{line[10:]}\n")
    assert [fact.what for fact in file.new()] == [SUBMITTED]
