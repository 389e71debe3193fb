"""The short form of the chaos kit: real processes, every kind of fault once, no invariant violated; and its self-test.

`flatiron chaos` in its own process, because it takes private mounts and must leave nothing behind.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workers.chaos.sabotage import CRIMES
from workers.chaos.schedule import KINDS, SKEW


def chaos(folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Run it; exit code and report. What it says goes to the test's output."""
    report = folder / "report.json"
    command = [sys.executable, "-m", "workers.cli", "chaos", *options, "--report", str(report)]
    done = subprocess.run([*command, "--evidence", str(folder / "evidence")], check=False, timeout=600)
    return done.returncode, json.loads(report.read_text("utf-8"))


@pytest.mark.timeout(620)
def test_no_invariant_breaks_under_every_kind_of_fault(tmp_path: Path) -> None:
    load = ("--jobs", "48", "--at-once", "12", "--shapes", "3")
    code, report = chaos(tmp_path, *load, "--seed", "7", "--jobs-per-fault", "1.3")
    assert report["violations"] == []
    assert code == 0
    assert set(report["faults"]) | set(report["left_out"]) == set(KINDS) - {SKEW}
    assert report["jobs"]["submitted"] == 48


@pytest.mark.timeout(620)
def test_an_invariant_that_is_broken_on_purpose_is_noticed(tmp_path: Path) -> None:
    code, report = chaos(tmp_path, "--jobs", "6", "--shapes", "2", "--faults", "none", "--break", "all")
    assert report["violations"] == [], "before anything was broken"
    assert report["broken_on_purpose"] == dict.fromkeys(CRIMES, "noticed")
    assert code == 0
