"""Any process of the local farm may die at any moment: the work gets done, and nothing is left running."""

from __future__ import annotations

import os

import psutil

from flatiron_tasks.pipeline.farm_port import FarmJobState, ServerOnJob
from tests.contract.farm.local_farm import (
    APPEND_ROW,
    REPORT_PID,
    LocalFarm,
    Scripts,
    first_time_only,
    is_running,
    open_gate,
)
from tests.waiting import wait_until


def _running_pid(scripts: Scripts) -> int:
    (pid,) = wait_until(lambda: scripts.pids("pids"), what="the task runs")
    return pid


def test_the_task_of_a_killed_server_is_done_by_another_and_its_command_dies(
    local_farm: LocalFarm, scripts: Scripts
) -> None:
    for name in ("node-1", "node-2"):
        local_farm.start_server(name)
    handle = local_farm.farm.submit(scripts.job("orphan", first_time_only("signal.pause()"), ("one",)))
    pid = _running_pid(scripts)
    (victim,) = scripts.servers_that_ran("orphan", 1)

    local_farm.kill(victim)

    wait_until(lambda: not is_running(pid), what="the command died with its server")
    local_farm.await_state(handle, FarmJobState.COMPLETE)
    assert scripts.servers_that_ran("orphan", 1) == {"node-1", "node-2"}
    assert scripts.lines("ran") == ["one"]


def test_a_server_that_is_told_to_end_leaves_nothing_and_gives_its_task_back(
    local_farm: LocalFarm, scripts: Scripts
) -> None:
    local_farm.start_server("node-1")
    handle = local_farm.farm.submit(scripts.job("given-back", first_time_only("signal.pause()"), ("one",)))
    pid = _running_pid(scripts)

    assert local_farm.end("node-1") == 0
    assert not is_running(pid)

    local_farm.start_server("node-2")
    local_farm.await_state(handle, FarmJobState.COMPLETE)
    detail = local_farm.farm.detail(handle)
    assert detail is not None
    assert detail.failed_servers == ()


def test_a_killed_manager_resumes_its_queue_and_no_running_task_is_lost_or_doubled(
    patient_farm: LocalFarm, scripts: Scripts
) -> None:
    os.mkfifo(scripts.folder / "gate")
    patient_farm.start_server("node-1")
    code = f"if sys.argv[1] == 'first': open('gate').read()\n{APPEND_ROW}"
    handle = patient_farm.farm.submit(scripts.job("resumed", code, ("first",), ("second",), ("third",)))
    patient_farm.await_state(handle, FarmJobState.ACTIVE)

    patient_farm.kill("manager")
    patient_farm.start_manager()
    assert patient_farm.farm.jobs()["resumed"].handle == handle
    open_gate(scripts.folder / "gate")

    patient_farm.await_state(handle, FarmJobState.COMPLETE)
    assert scripts.lines("ran") == ["first", "second", "third"]


def test_a_task_that_ended_while_the_manager_was_away_is_not_run_again(
    patient_farm: LocalFarm, scripts: Scripts
) -> None:
    os.mkfifo(scripts.folder / "gate")
    patient_farm.start_server("node-1")
    code = f"{REPORT_PID}\nopen('gate').read()\n{APPEND_ROW}"
    handle = patient_farm.farm.submit(scripts.job("kept", code, ("one",)))
    pid = _running_pid(scripts)

    patient_farm.kill("manager")
    open_gate(scripts.folder / "gate")
    wait_until(lambda: not is_running(pid), what="the task ended")
    patient_farm.start_manager()

    patient_farm.await_state(handle, FarmJobState.COMPLETE)
    assert scripts.lines("ran") == ["one"]


def test_a_manager_that_ends_keeps_its_queue_and_takes_its_port_file_away(
    local_farm: LocalFarm, scripts: Scripts
) -> None:
    handle = local_farm.farm.submit(scripts.job("waiting", APPEND_ROW, ("one",)))

    assert local_farm.end("manager") == 0
    assert not (local_farm.folder / "port").exists()

    local_farm.start_manager()
    assert local_farm.farm.jobs()["waiting"].handle == handle


def test_a_server_without_a_manager_stops_its_task_and_gives_up(local_farm: LocalFarm, scripts: Scripts) -> None:
    local_farm.start_server("node-1", options=("--abandon-after-s", "1"))
    local_farm.farm.submit(scripts.job("abandoned", f"{REPORT_PID}\nsignal.pause()", ("one",)))
    pid = _running_pid(scripts)

    local_farm.kill("manager")

    assert local_farm.processes.pop("node-1").wait(30) == 1
    assert not is_running(pid)


def test_a_killed_guard_takes_its_command_along_and_leaves_the_server_at_work(
    local_farm: LocalFarm, scripts: Scripts
) -> None:
    local_farm.start_server("node-1")
    handle = local_farm.farm.submit(scripts.job("unguarded", f"{REPORT_PID}\nsignal.pause()", ("one",)))
    command = psutil.Process(_running_pid(scripts))
    guard = command.parent()
    assert guard is not None

    guard.kill()

    def reported() -> bool:
        detail = local_farm.farm.detail(handle)
        return detail is not None and detail.failed_servers == ("node-1",)

    wait_until(lambda: not is_running(command.pid), what="the command is gone")
    wait_until(reported, what="the failure is reported")
    wait_until(lambda: local_farm.server_state("node-1") == 1, what="the server is idle again")


def test_a_failed_server_that_is_added_again_goes_on_where_it_was(local_farm: LocalFarm, scripts: Scripts) -> None:
    # [R17] [A13] [A19]
    local_farm.start_server("node-1")
    code = f"{APPEND_ROW}\nif sys.argv[1] == 'b' and not pathlib.Path('repaired').exists(): sys.exit(3)"
    farm = local_farm.farm
    handle = farm.submit(scripts.job("repaired", code, ("a",), ("b",)))
    wait_until(lambda: any(server.failed for server in _progress(local_farm, handle)), what="the server failed")
    done = scripts.lines("ran").count("a")
    (scripts.folder / "repaired").touch()
    (server,) = farm.servers()

    assert farm.add_server_again(handle, server.handle)
    local_farm.await_state(handle, FarmJobState.COMPLETE)
    assert not any(server.failed for server in _progress(local_farm, handle))
    assert (done, scripts.lines("ran").count("a")) == (1, 1)


def _progress(local_farm: LocalFarm, handle: str) -> tuple[ServerOnJob, ...]:
    progress = local_farm.farm.progress(handle)
    return () if progress is None else progress.servers
