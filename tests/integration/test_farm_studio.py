"""What a small studio runs: one command for manager and servers, servers on other hosts, and no fear of SIGKILL."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flatiron_tasks.backburner.client import ManagerClient
from tests.integration.farm_processes import FarmProcesses
from tests.waiting import wait_until


def _client(farm: FarmProcesses) -> ManagerClient:
    return ManagerClient("127.0.0.1", farm.port)


def _names(client: ManagerClient) -> set[str]:
    return {server.name for server in client.servers() if server.state != 0}


def _token_file(folder: Path, token: str = "correct horse battery staple") -> Path:
    file = folder / f"{len(token)}.token"
    file.write_text(f"{token}\n", encoding="utf-8")
    return file


def test_one_command_runs_a_whole_farm(tmp_path: Path) -> None:
    with FarmProcesses(tmp_path, "--servers", "2", "--group", "bakers", "--on-completion", "delete") as farm:
        ran = tmp_path / "ran"
        code = f"import sys; open({str(ran)!r}, 'a').write(sys.argv[1] + chr(10))"
        handle = farm.submit("bake", code, "-group:bakers", tasks=5)
        with _client(farm) as client:
            assert len(client.servers()) == 2
            wait_until(lambda: client.job_info(handle) is None, what="the job is done and deleted")
            assert client.archive() == ()

        assert sorted(ran.read_text("utf-8").split()) == ["1", "2", "3", "4", "5"]
        assert farm.end("manager") == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the whole of 127.0.0.0/8 is this machine on Linux only")
def test_a_server_may_come_from_another_address(tmp_path: Path) -> None:
    token = ("--token-file", str(_token_file(tmp_path)))
    with FarmProcesses(tmp_path, "--host", "0.0.0.0", *token) as farm, _client(farm) as client:
        farm.start_server("far-away", *token, host="127.0.0.2")
        wait_until(lambda: _names(client) == {"far-away"}, what="the server is there")
        server = client.server(client.servers()[0].handle)

    assert server is not None
    assert server.identity.ip_address == "127.0.0.1"
    assert int(server.details.hardware.total_memory) > 0


def test_a_farm_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    with FarmProcesses(tmp_path, "--servers", "1") as farm:
        ran, gate = tmp_path / "ran", tmp_path / "gate"
        wait = f"import os, sys, time\nwhile sys.argv[1] == '2' and not os.path.exists({str(gate)!r}): time.sleep(0.01)"
        code = f"{wait}\nopen({str(ran)!r}, 'a').write(sys.argv[1] + chr(10))"
        first = farm.submit("first", code, "-leaveInQueue", tasks=3)
        second = farm.submit("second", "pass", "-leaveInQueue", "-dependencies:first")
        wait_until(ran.exists, what="the first task is done")
        with _client(farm) as client:
            assert client.set_priority(second, 1)
        farm.kill("manager")
        farm.start_manager()
        gate.touch()

        with _client(farm) as client:
            wait_until(lambda: client.job_state(second) == 0, what="both jobs are complete")
            assert client.job_state(first) == 0
            info = client.job_info(second)
        assert info is not None
        assert (info.head.priority, info.flags.has_dependencies) == (1, True)
        assert set(ran.read_text("utf-8").split()) == {"1", "2", "3"}


def test_two_managers_on_one_queue_are_refused_and_told_why(tmp_path: Path) -> None:
    with FarmProcesses(tmp_path):
        command = [sys.executable, "-m", "workers.cli", "farm", "manager", "--state-dir", str(tmp_path / "state")]
        done = subprocess.run([*command, "--port", "0"], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 3
    assert "does another manager use it?" in done.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with FarmProcesses(tmp_path) as farm:
        command = [sys.executable, "-m", "workers.cli", "farm", "manager", "--state-dir", str(tmp_path / "other")]
        options = [*command, "--port", str(farm.port)]
        done = subprocess.run(options, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 3
    assert f"127.0.0.1:{farm.port}" in done.stderr


def test_only_who_knows_the_token_runs_commands_and_everybody_sees_the_queue(tmp_path: Path) -> None:
    right, wrong = _token_file(tmp_path), _token_file(tmp_path, "wrong horse battery")
    ran = tmp_path / "ran"
    code = f"open({str(ran)!r}, 'a').write('x')"
    with FarmProcesses(tmp_path, "--servers", "1", "--token-file", str(right)) as farm, _client(farm) as client:
        for options in ([], [f"-tokenFile:{wrong}"]):
            refused = farm.cmdjob("-jobName:evil", *options, sys.executable, "-c", "pass")
            assert (refused.returncode, "The token is missing or wrong" in refused.stderr) == (1, True)
        for name, given in (("stranger", ()), ("guesser", ("--token-file", str(wrong)))):
            farm.start_server(name, *given)
            assert farm.wait(name) != 0
            assert "The token is missing or wrong" in farm.output(name)
        handle = farm.submit("bake", code, "-leaveInQueue", f"-tokenFile:{right}")
        wait_until(lambda: client.job_state(handle) == 0, what="the job is complete")
        assert [job.name for job in client.jobs()] == ["bake"]
        assert len(client.servers()) == 1

    assert ran.read_text("utf-8") == "x"
    assert "correct horse" not in farm.output("manager")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", ""])
def test_a_manager_without_a_token_listens_to_this_machine_only_unless_told_that_it_is_open(
    tmp_path: Path, host: str
) -> None:
    command = [sys.executable, "-m", "workers.cli", "farm", "manager", "--state-dir", str(tmp_path), "--port", "0"]
    done = subprocess.run([*command, "--host", host], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 3
    assert "without a token" in done.stderr
    assert "--open" in done.stderr


def test_an_open_manager_says_so_loudly(tmp_path: Path) -> None:
    with FarmProcesses(tmp_path, "--host", "0.0.0.0", "--open") as farm:
        assert "EVERYBODY who reaches 0.0.0.0" in farm.output("manager")
