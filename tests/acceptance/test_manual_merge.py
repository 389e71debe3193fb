"""Manual Merge with real nodes: refused at every moment of a running job, and enough when everything else is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.acceptance.bakes import OneProcess, request, run_node, send_nothing, submit_bake, textures
from workers.cli.exit_codes import ExitCode


def flatiron(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command where no Redis can be reached."""
    variables = {**os.environ, "FLATIRON_REDIS_URL": "redis://127.0.0.1:1/0"}
    command = [sys.executable, "-m", "workers.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=variables)


def test_it_refuses_at_every_moment_of_a_running_job_and_finishes_it_without_redis(tmp_path: Path) -> None:
    network = tmp_path / "network"
    network.mkdir()
    wanted = request(tmp_path / "job", network, ("farm.example", 3234), strips=2)
    submitted = submit_bake(wanted, send_nothing)
    before = textures(tmp_path / "job")
    tasks = range(1, 4 * 2 + 1)
    for task in tasks:
        if task % 3 == 1:
            refused = flatiron("merge", str(submitted.description_path))
            assert refused.returncode == ExitCode.NOT_READY
            assert "pass 3 (Lamp)" in " ".join(refused.stderr.replace("│", " ").split())
            assert textures(tmp_path / "job") == before
        ran = run_node(submitted.description_path, task)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    merged = flatiron("merge", str(submitted.description_path))
    assert merged.returncode == 0, merged.stderr
    (tmp_path / "alone").mkdir()
    assert textures(tmp_path / "job") == OneProcess(tmp_path / "alone").textures(wanted)
    again = flatiron("merge", str(submitted.description_path))
    assert again.returncode == 0, again.stderr
