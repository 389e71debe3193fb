"""How `flatiron worker` ends is what its exit code says: systemd, WinSW and Compose go by that alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from workers.cli.exit_codes import ExitCode
from workers.embedded import readiness
from workers.embedded.processes import ProcessGroup, environment_without_settings

COMMAND = ("worker", "--queues", "poll", "--one-thread", "--hostname", "ends@here")
CANNOT_GO_ON = """
from flatiron_tasks.tasks.consumer import CountingConsumer
from workers.cli import main

def connection_for_read(self, heartbeat=None):
    raise AttributeError("no error that Celery would get over")

CountingConsumer.connection_for_read = connection_for_read
main()
"""


def environment(url: str) -> dict[str, str]:
    return {**environment_without_settings(), "FLATIRON_REDIS_URL": url}


def test_a_worker_that_cannot_go_on_ends_with_a_failure(redis_server_url: str) -> None:
    command = (sys.executable, "-c", CANNOT_GO_ON, *COMMAND)
    ended = subprocess.run(
        command, env=environment(redis_server_url), capture_output=True, text=True, timeout=60, check=False
    )
    assert "Unrecoverable error: AttributeError" in ended.stderr
    assert ended.returncode == ExitCode.INTERNAL


def test_a_worker_that_is_told_to_end_ends_well(redis_server_url: str, tmp_path: Path) -> None:
    command = (sys.executable, "-m", "workers.cli", *COMMAND)
    with ProcessGroup(tmp_path) as processes:
        worker = processes.start("worker", command, env=environment(redis_server_url)).process
        processes.wait_until("The worker", lambda: readiness.workers_answer(redis_server_url, 1), deadline_s=60)
        worker.terminate()
        assert worker.wait(timeout=60) == ExitCode.OK
