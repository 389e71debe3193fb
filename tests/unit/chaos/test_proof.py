"""A proof sums up what its runs showed, and goes on where it stopped. The runs themselves are another test's affair."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workers.chaos import proof
from workers.chaos.options import Options
from workers.chaos.proof import Proof, summed
from workers.chaos.proof_table import markdown

MACHINE = {"cores": 2, "python": "3.11.0", "system": "Linux 6", "redis": "Redis server v=8.0.0"}


def row(seed: int, *, violations: int = 0) -> dict[str, Any]:
    return {
        "seed": seed,
        "command": Options(10, seed).command,
        "seconds": 60.0,
        "jobs": {"submitted": 10, "ended": {"done": 9, "cancelled": 1}, "taken_back": 2, "requeues": 3},
        "violations": [{"invariant": "texture", "job_id": "", "what": "wrong"}] * violations,
        "deaths": 4,
        "repeats": 5,
        "events": 60,
        "faults": {"kill": {"injected": 3, "struck": 2, "recovery_s": [1.0 * seed, 5.0]}},
    }


def test_totals_are_the_sums_of_all_seeds() -> None:
    totals = summed([row(1), row(3, violations=2)], MACHINE)["totals"]
    assert totals["jobs"] == 20
    assert totals["ended"] == {"cancelled": 2, "done": 18}
    assert totals["violations"] == 2
    assert totals["submissions_taken_back"] == 4
    assert totals["faults"]["kill"] == {
        "injected": 6,
        "struck": 4,
        "recovery_median_s": 4.0,
        "recovery_longest_s": 5.0,
    }


def test_a_run_that_crashed_is_a_violation_and_no_reason_to_lose_the_others() -> None:
    crashed = {"seed": 2, "command": "flatiron chaos", "violations": [{"invariant": "the run itself"}]}
    document = summed([row(1), crashed], MACHINE)
    assert document["totals"]["violations"] == 1
    assert document["totals"]["jobs"] == 10
    assert "| 2 | – |" in markdown(document)


def test_the_table_names_what_repeats_every_seed() -> None:
    text = markdown(summed([row(1), row(2)], MACHINE))
    assert "20 jobs over 2 seeds: **0 violations**" in text
    assert all(Options(10, seed).command in text for seed in (1, 2))


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    seeds: list[int] = []

    def run_one(self: Proof, options: Options) -> dict[str, Any]:
        seeds.append(options.seed)
        return row(options.seed)

    monkeypatch.setattr(Proof, "_run_one", run_one)
    monkeypatch.setattr(proof, "machine", lambda: MACHINE)
    return seeds


def test_a_proof_is_written_after_every_seed_and_goes_on_where_it_stopped(tmp_path: Path, ran: list[int]) -> None:
    file = tmp_path / "proof.json"
    Proof(Options(10, 1), 2, file, tmp_path, lambda _: None).run()
    assert ran == [1, 2]
    document = Proof(Options(10, 1), 4, file, tmp_path, lambda _: None).run()
    assert ran == [1, 2, 3, 4]
    assert json.loads(file.read_text("utf-8")) == document
    assert "over 4 seeds" in file.with_suffix(".md").read_text("utf-8")


def test_a_seed_that_was_run_by_another_command_is_run_again(tmp_path: Path, ran: list[int]) -> None:
    file = tmp_path / "proof.json"
    Proof(Options(20, 1), 1, file, tmp_path, lambda _: None).run()
    assert ran == [1]
    Proof(Options(20, 1), 1, file, tmp_path, lambda _: None).run()
    assert ran == [1, 1], "the row says that it was run with 10 jobs"


def test_a_seed_that_was_run_on_other_code_is_run_again(
    tmp_path: Path, ran: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "proof.json"
    for version in ("before", "before", "after"):
        monkeypatch.setattr(proof, "code", lambda version=version: version)
        Proof(Options(10, 1), 1, file, tmp_path, lambda _: None).run()
    assert ran == [1, 1]


def test_a_document_sums_up_the_seeds_that_were_asked_for(tmp_path: Path, ran: list[int]) -> None:
    file = tmp_path / "proof.json"
    Proof(Options(10, 1), 2, file, tmp_path, lambda _: None).run()
    assert Proof(Options(10, 2), 2, file, tmp_path, lambda _: None).run()["totals"]["seeds"] == 2
    assert ran == [1, 2, 3]
