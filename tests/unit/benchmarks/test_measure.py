"""What a process cost is what the kernel says, and a process that does not end is ended."""

from __future__ import annotations

import os
import sys

import pytest

from tests.benchmarks import measure
from tests.benchmarks.measure import Spread, run_command, run_worker

TICKS = os.sysconf("SC_CLK_TCK")


def test_the_median_is_shown_with_the_least_and_the_greatest() -> None:
    assert Spread.of([3.0, 1.0, 2.0, 10.0]) == Spread(2.5, 1.0, 10.0)
    with pytest.raises(ValueError, match="no run"):
        Spread.of([])


def test_a_program_is_measured_from_start_to_end() -> None:
    run = run_command([sys.executable, "-c", "block = bytearray(50_000_000); sum(range(1_000_000))"], limit=60)
    assert not run.failure
    assert run.peak_mb > 50
    assert run.cpu_seconds > 0
    assert run.seconds > 0


def test_a_program_that_fails_says_how() -> None:
    run = run_command([sys.executable, "-c", "raise SystemExit('no such layer')"], limit=60)
    assert run.failure == "exit code 1: no such layer"


def test_a_program_that_does_not_end_is_stopped() -> None:
    run = run_command([sys.executable, "-c", "import threading; threading.Event().wait()"], limit=0.5)
    assert run.failure == "stopped after 0 s"
    assert run.seconds >= 0.5


def test_a_worker_that_fails_says_its_last_word() -> None:
    run = run_worker("no_such_contender", {"pieces": "a", "warm_up": "b", "out": "c"}, limit=60)
    assert "no_such_contender" in run.failure


def test_time_that_others_took_is_what_was_busy_without_us() -> None:
    assert measure._share_of_others((0, 0), (3 * TICKS, 4 * TICKS), 1.0) == pytest.approx(0.5)
    assert measure._share_of_others((0, 0), (1 * TICKS, 4 * TICKS), 2.0) == 0
    assert measure._share_of_others(None, None, 1.0) is None
