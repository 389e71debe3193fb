"""The task list of a worker that was killed while it submitted a job goes with a later submission."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import pytest

from flatiron_tasks.backburner.cmdjob import CmdJob
from flatiron_tasks.pipeline.farm_port import FarmJob

_SUBMITS = (sys.executable, "-c", "print('Successfully submitted job 7')")


def test_a_task_list_that_a_killed_worker_left_behind_goes_after_an_hour_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name, marked, hours in (("killed", True, 1.1), ("running", True, 0.9), ("foreign", False, 1.1)):
        made = tmp_path / f"flatiron-cmdjob-{name}"
        made.mkdir()
        (made / "tasks.txt").touch()
        if marked:
            (made / "made-by-flatiron-cmdjob").touch()
        for path in (*made.iterdir(), made):
            os.utime(path, (time.time() - hours * 3600,) * 2)
    CmdJob(_SUBMITS, manager="farm").submit(FarmJob("bake", "", ("render", "{1}"), (("1",),)))
    assert {path.name for path in tmp_path.iterdir()} == {"flatiron-cmdjob-running", "flatiron-cmdjob-foreign"}
