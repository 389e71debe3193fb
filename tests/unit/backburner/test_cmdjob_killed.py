"""A worker that is killed while cmdjob hangs leaves no cmdjob behind: it could submit a job that nobody waits for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.waiting import wait_until

_HANGS = """\
import os, pathlib, threading
pathlib.Path({seen!r}).write_text(str(os.getpid()))
threading.Event().wait()
"""
_WORKER = """\
import sys
from flatiron_tasks.backburner.cmdjob import CmdJob
from flatiron_tasks.pipeline.farm_port import FarmJob
CmdJob((sys.executable, "-c", {hangs!r}), manager="farm").submit(FarmJob("bake", "", ("render", "{{1}}"), (("1",),)))
"""


@contextmanager
def _worker(code: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a cmdjob may outlive its worker: parent_death.py")
def test_a_cmdjob_that_hangs_dies_with_its_worker(tmp_path: Path) -> None:
    seen = tmp_path / "pid"
    with _worker(_WORKER.format(hangs=_HANGS.format(seen=str(seen)))) as worker:
        wait_until(lambda: seen.exists() and seen.read_text() != "", what="cmdjob runs")
        cmdjob = psutil.Process(int(seen.read_text()))
        worker.kill()
        worker.wait(30)
        wait_until(lambda: not _is_alive(cmdjob), what="cmdjob is gone")


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
