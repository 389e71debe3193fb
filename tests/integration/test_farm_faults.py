"""Faults on request: the farm does what was asked for, and our own client names what it met."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flatiron_tasks.backburner.client import ManagerClient
from flatiron_tasks.contracts.errors import FarmError, FarmProtocolError, FarmUnreachableError
from tests.integration.farm_processes import FarmProcesses
from tests.waiting import wait_until


def _client(farm: FarmProcesses) -> ManagerClient:
    return ManagerClient("127.0.0.1", farm.port, read_timeout_s=10)


def _faulty(folder: Path, fault: str) -> FarmProcesses:
    options = ("--part-gap-ms", "0", "--retry-interval-s", "3600", "--absent-after-s", "0.5")
    return FarmProcesses(folder, *options, "--fault", fault)


@pytest.mark.parametrize("fault", ["split-replies=1", "split-replies=7", "glue-replies", "delay=0.1", "slow-disk=0.05"])
def test_trouble_that_a_good_client_survives_changes_no_answer(tmp_path: Path, fault: str) -> None:
    with _faulty(tmp_path, fault) as farm:
        handle = farm.submit("bake", "pass", "-suspended", tasks=2)
        with _client(farm) as client:
            (job,) = client.jobs()
            info = client.job_info(handle)
            assert client.activate(handle)

    assert (job.handle, job.name, job.state) == (handle, "bake", 3)
    assert info is not None
    assert info.head.number_tasks == 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("cut-replies=0", FarmUnreachableError),
        ("cut-replies=20", FarmProtocolError),
        ("drop-connections=1", FarmUnreachableError),
        ("garbage=1", FarmProtocolError),
    ],
)
def test_trouble_that_no_client_survives_has_a_name_and_an_end(
    tmp_path: Path, fault: str, error: type[FarmError]
) -> None:
    with _faulty(tmp_path, fault) as farm:
        with pytest.raises(error), _client(farm) as client:
            client.manager_info()
        farm.start_server("node-1")
        wait_until(lambda: "node-1 is here" in farm.output("manager"), what="a server is spared such trouble")


def test_a_task_that_fails_on_one_server_is_done_by_another(tmp_path: Path) -> None:
    with _faulty(tmp_path, "task-fails=*@node-1") as farm:
        farm.start_server("node-1")
        handle = farm.submit("bake", "pass", "-leaveInQueue", tasks=2)
        with _client(farm) as client:
            wait_until(lambda: client.job_errors(handle), what="the task failed")
            farm.start_server("node-2")
            wait_until(lambda: client.job_state(handle) == 0, what="the job is complete")
            (message,) = client.job_errors(handle)

    assert "on node-1: this task was made to fail" in message


def test_a_task_that_fails_everywhere_burns_every_server_and_ends_in_no_state_of_its_own(tmp_path: Path) -> None:
    with _faulty(tmp_path, "task-fails=1") as farm:
        handle = farm.submit("bake", "pass", tasks=2)
        with _client(farm) as client:
            for name in ("node-1", "node-2"):
                farm.start_server(name)
            wait_until(lambda: len(client.job_errors(handle)) == 2, what="both servers failed")
            info = client.job_info(handle)
            state = client.job_state(handle)

    assert info is not None
    assert [server.rt_failed for server in info.servers] == [True, True]
    assert (info.flags.complete, state) == (False, 4)


def test_a_server_that_vanishes_is_absent_and_its_task_goes_to_another(tmp_path: Path) -> None:
    farm = _faulty(tmp_path, "server-vanishes=node-1")
    with farm, _client(farm) as client:
        farm.start_server("node-1")
        handle = farm.submit("bake", "pass", "-leaveInQueue")
        wait_until(lambda: [server.state for server in client.servers()] == [0], what="the server is absent")
        farm.start_server("node-2")
        wait_until(lambda: client.job_state(handle) == 0, what="the job is complete")


def test_a_job_that_vanishes_on_completion_is_nowhere(tmp_path: Path) -> None:
    with _faulty(tmp_path, "job-vanishes") as farm, _client(farm) as client:
        handle = farm.submit("bake", "pass", "-leaveInQueue")
        assert client.job_state(handle) == 1
        farm.start_server("node-1")
        wait_until(lambda: client.job_state(handle) is None, what="the job is gone")
        assert (client.jobs(), client.archive()) == ((), ())


def test_a_fault_that_nobody_knows_ends_the_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "workers.cli", "farm", "manager", "--state-dir", str(tmp_path), "--port", "0"]
    done = subprocess.run([*command, "--fault", "x"], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 3
    assert "There is no fault 'x'" in done.stderr
    assert "slow-disk" in done.stderr
