"""The documents say what ran and nothing of the machine's paths; the exit code says whether it is enough."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks import __main__ as program
from tests.benchmarks.bench import Bench
from tests.benchmarks.comparisons import COMPARISONS, Comparison
from tests.benchmarks.machine import machine
from tests.benchmarks.measure import ROOT
from tests.benchmarks.report import BEGIN, END, between_markers, document
from tests.benchmarks.rows import judged
from tests.unit.benchmarks.examples import result, run


def comparison(speed: float | None = 25.0) -> Comparison:
    """One with a peer that ran and one that did not."""
    results = [result("Flatiron", [run(1), run(3)], role="ours"), result("a|b", [], failure="not installed")]
    return Comparison("Sixty-four objects", results, [judged("speed", speed, ">= 20", "x", "naive numpy")])


def test_the_document_names_every_contender_target_and_call() -> None:
    text = document([comparison()], machine(), limit=400)
    assert "| speed | 25 x (naive numpy) | >= 20 | yes |" in text
    assert "| Flatiron | 2.00 (1.00–3.00) | 1.00 |" in text
    assert "a\\|b: not installed" in text
    assert "- **Flatiron (1.0)**: how Flatiron is called" in text
    assert "after 400\n  seconds" in text
    assert "$" not in text


def test_the_document_says_nothing_of_the_machines_paths() -> None:
    text = document([comparison()], machine(), limit=400)
    assert str(ROOT) not in text
    assert "/home" not in text


def test_a_target_that_is_missed_or_not_measured_stands_out() -> None:
    assert "| speed | 19 x (naive numpy) | >= 20 | NO |" in document([comparison(19)], {}, limit=1)
    assert "| speed | not measured (naive numpy) | >= 20 | NO |" in document([comparison(None)], {}, limit=1)


def test_only_what_lies_between_the_markers_changes() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nafter"
    assert between_markers(text, "new") == f"before\n{BEGIN}\nnew\n{END}\nafter"


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END}{BEGIN}", f"{BEGIN}{END}{END}", f"{BEGIN}{BEGIN}{END}"])
def test_a_text_without_one_pair_of_markers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="each once"):
        between_markers(text, "new")


def test_the_readme_has_its_markers() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert "new table" in between_markers(text, "new table")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout to write into, and comparisons that measure nothing."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text(f"{BEGIN}{END}", "utf-8")
    monkeypatch.setattr(program, "ROOT", tmp_path)
    monkeypatch.setattr(program, "_BUILD", tmp_path / "build")
    monkeypatch.setattr(program, "peers", lambda work: [])
    return tmp_path


def measuring(monkeypatch: pytest.MonkeyPatch, found: Comparison) -> None:
    def measured(bench: Bench) -> Comparison:
        return found

    fakes: dict[str, Callable[[Bench], Comparison]] = dict.fromkeys(COMPARISONS, measured)
    monkeypatch.setattr(program, "COMPARISONS", fakes)


@pytest.mark.parametrize(("speed", "code"), [(25.0, 0), (19.0, 1), (None, 1)])
def test_the_exit_code_is_0_only_if_every_target_is_met(
    speed: float | None, code: int, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measuring(monkeypatch, comparison(speed))
    assert program.main(["--no-install"]) == code
    rows = json.loads((checkout / "build" / "merge.json").read_text("utf-8"))
    assert [row["ok"] for row in rows] == [code == 0] * len(COMPARISONS)
    assert "Sixty-four objects" in (checkout / "docs" / "performance.md").read_text("utf-8")
    assert "| speed |" in (checkout / "README.md").read_text("utf-8")


@pytest.mark.parametrize("options", [["--quick"], ["--only", "crop"]])
def test_a_partial_run_writes_no_document(options: list[str], checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measuring(monkeypatch, comparison())
    assert program.main(["--no-install", *options]) == 0
    assert not (checkout / "build" / "merge.json").exists()
    assert not (checkout / "docs" / "performance.md").exists()
    assert (checkout / "README.md").read_text("utf-8") == f"{BEGIN}{END}"
