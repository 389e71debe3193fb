"""The local farm runs real commands, as Backburner would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import FarmSubmissionError
from flatiron_tasks.pipeline.farm_port import FarmJobState
from tests.contract.farm.local_farm import APPEND_ROW, REPORT_PID, LocalFarm, Scripts, first_time_only, is_running
from tests.waiting import wait_until


def test_every_task_runs_once_with_its_own_columns(local_farm: LocalFarm, scripts: Scripts) -> None:
    for name in ("node-1", "node-2"):
        local_farm.start_server(name)
    handle = local_farm.farm.submit(scripts.job("rows", APPEND_ROW, *((f"task {n}",) for n in range(8))))

    local_farm.await_state(handle, FarmJobState.COMPLETE)
    assert sorted(scripts.lines("ran")) == [f"task {n}" for n in range(8)]


def test_spaces_quotes_and_unicode_arrive_as_they_were_sent(local_farm: LocalFarm, scripts: Scripts) -> None:
    local_farm.start_server("node-1")
    texts = ("a name", "größe ✓ 木", "quote ' and \" and %", "back\\slash $HOME `x` & ; *")
    code = "pathlib.Path(sys.argv[2]).write_text(ascii(sys.argv[1:]))"
    rows = [(text, f"{number} größe.txt") for number, text in enumerate(texts)]
    handle = local_farm.farm.submit(scripts.job("texts", code, *rows))

    local_farm.await_state(handle, FarmJobState.COMPLETE)
    assert [scripts.lines(file) for _, file in rows] == [[ascii(list(row))] for row in rows]


def test_the_output_of_a_task_is_in_its_log(local_farm: LocalFarm, scripts: Scripts) -> None:
    local_farm.start_server("node-1")
    code = "print('to out', flush=True)\nsys.stderr.write('to err')"
    handle = local_farm.farm.submit(scripts.job("talk", code, ("one",)))

    local_farm.await_state(handle, FarmJobState.COMPLETE)
    assert scripts.lines("talk-1-node-1.log") == ["to out", "to err"]


def test_a_failed_task_is_done_by_another_server(local_farm: LocalFarm, scripts: Scripts) -> None:
    for name in ("node-1", "node-2"):
        local_farm.start_server(name)
    handle = local_farm.farm.submit(scripts.job("retry", first_time_only("sys.exit(3)"), ("one",)))

    local_farm.await_state(handle, FarmJobState.COMPLETE)
    detail = local_farm.farm.detail(handle)
    assert detail is not None
    assert scripts.servers_that_ran("retry", 1) == {"node-1", "node-2"}
    assert len(detail.failed_servers) == 1
    assert "exit code 3" in detail.messages[0]


def test_a_job_that_fails_everywhere_stays_in_the_queue_with_all_servers_failed(
    local_farm: LocalFarm, scripts: Scripts
) -> None:
    for name in ("node-1", "node-2"):
        local_farm.start_server(name)
    handle = local_farm.farm.submit(scripts.job("hopeless", "sys.exit(1)", ("one",)))

    def all_failed() -> bool:
        detail = local_farm.farm.detail(handle)
        return detail is not None and set(detail.failed_servers) == {"node-1", "node-2"}

    wait_until(all_failed, what="both servers failed")
    assert local_farm.farm.jobs()["hopeless"].state is FarmJobState.WAITING


def test_a_job_for_a_group_runs_on_its_servers_only(local_farm: LocalFarm, scripts: Scripts) -> None:
    local_farm.start_server("node-1")
    local_farm.start_server("node-2", "bakers")
    rows = [(f"task {n}",) for n in range(4)]
    handle = local_farm.farm.submit(scripts.job("grouped", APPEND_ROW, *rows, group="bakers"))

    local_farm.await_state(handle, FarmJobState.COMPLETE)
    ran = [scripts.servers_that_ran("grouped", number) for number in range(1, 5)]
    assert ran == [{"node-2"}] * 4


def test_a_duplicate_name_is_refused_with_the_reason(local_farm: LocalFarm, scripts: Scripts) -> None:
    job = scripts.job("twice", APPEND_ROW, ("one",))
    local_farm.farm.submit(job)

    with pytest.raises(FarmSubmissionError, match="in the queue already"):
        local_farm.farm.submit(job)


def test_a_suspended_job_stops_and_goes_on_when_activated(local_farm: LocalFarm, scripts: Scripts) -> None:
    local_farm.start_server("node-1")
    handle = local_farm.farm.submit(scripts.job("paused", first_time_only("signal.pause()"), ("one",)))
    (first,) = wait_until(lambda: scripts.pids("pids"), what="the task runs")

    with local_farm.client() as client:
        assert client.suspend(handle)
    wait_until(lambda: not is_running(first), what="the task was stopped")
    local_farm.await_state(handle, FarmJobState.SUSPENDED)
    assert scripts.lines("ran") == []

    with local_farm.client() as client:
        assert client.activate(handle)
    local_farm.await_state(handle, FarmJobState.COMPLETE)
    assert scripts.lines("ran") == ["one"]


def test_deleting_a_job_kills_its_commands_with_everything_they_started(
    local_farm: LocalFarm, scripts: Scripts
) -> None:
    local_farm.start_server("node-1")
    # A child in a session of its own: out of reach of the process group, as a renderer's launcher may leave it.
    code = f"if os.fork() == 0:\n    os.setsid()\n{REPORT_PID}\nsignal.pause()"
    handle = local_farm.farm.submit(scripts.job("doomed", code, ("one",)))
    wait_until(lambda: len(scripts.pids("pids")) == 2, what="both run")

    local_farm.farm.delete(handle)

    wait_until(lambda: not any(is_running(pid) for pid in scripts.pids("pids")), what="both processes are gone")
    wait_until(lambda: local_farm.server_state("node-1") == 1, what="the server is free again")


def test_the_more_urgent_job_goes_first(local_farm: LocalFarm, scripts: Scripts) -> None:
    later = replace(scripts.job("later", APPEND_ROW, ("later",)), priority=60)
    urgent = replace(scripts.job("urgent", APPEND_ROW, ("urgent",)), priority=10)
    handles = [local_farm.farm.submit(job) for job in (later, urgent)]
    local_farm.start_server("node-1")

    for handle in handles:
        local_farm.await_state(handle, FarmJobState.COMPLETE)
    assert scripts.lines("ran") == ["urgent", "later"]


def test_a_command_over_its_time_limit_is_killed_and_its_server_failed(tmp_path: Path, scripts: Scripts) -> None:
    local_farm = LocalFarm(tmp_path, "--minute-s", "1", "--retry-interval-s", "3600")
    try:
        local_farm.start_manager()
        local_farm.start_server("node-1")
        code = f"{REPORT_PID}\nsignal.pause()"
        handle = local_farm.farm.submit(scripts.job("endless", code, ("one",), timeout_minutes=1))

        def messages() -> tuple[str, ...]:
            detail = local_farm.farm.detail(handle)
            return detail.messages if detail else ()

        (message,) = wait_until(messages, what="the time-out is reported")
        assert "timed out after 1 s" in message
        assert not any(is_running(pid) for pid in scripts.pids("pids"))
    finally:
        local_farm.close()
