"""What a run had cost when it was stopped counts, also that of programs it had started."""

from __future__ import annotations

import sys

import pytest

from tests.benchmarks.measure import run_command

BUSY = "while True: pass"
STARTS_ANOTHER = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"


@pytest.mark.skipif(sys.platform == "win32", reason="the benchmark is for POSIX systems")
def test_the_processor_time_of_a_program_behind_a_script_is_counted_when_it_is_stopped() -> None:
    run = run_command([sys.executable, "-c", STARTS_ANOTHER], limit=1.5)
    assert run.failure == "stopped after 2 s"
    assert run.cpu_seconds > 0.2
