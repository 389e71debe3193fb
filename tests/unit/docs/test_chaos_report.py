"""The pages that tell of the proof by chaos say what its report says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workers.chaos.proof_table import markdown

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "docs" / "chaos.json").read_text("utf-8"))
    return document


def test_the_page_shows_the_whole_report(report: dict[str, Any]) -> None:
    page = (ROOT / "docs" / "chaos.md").read_text("utf-8")
    assert f"<!-- proof -->\n{markdown(report)}\n<!-- /proof -->" in page


def test_the_readme_shows_its_first_lines(report: dict[str, Any]) -> None:
    jobs, faults, machine = markdown(report).splitlines()[:3]
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"<!-- proof -->\n{jobs} {faults} {machine}\n<!-- /proof -->" in readme


def test_the_report_is_of_enough_jobs_over_several_seeds_and_none_was_violated(report: dict[str, Any]) -> None:
    assert report["totals"]["jobs"] >= 2000
    assert len({row["seed"] for row in report["seeds"]}) >= 5
    assert report["totals"]["violations"] == 0
