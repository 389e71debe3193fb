"""What the farm port says of a manager's answers."""

from __future__ import annotations

import sys

import pytest

from flatiron_tasks.backburner import payloads, wire
from flatiron_tasks.backburner.farm import BackburnerFarm
from flatiron_tasks.backburner.records import JobFlags, JobHead, JobInfo, JobServer, ManagerInfo
from flatiron_tasks.contracts.errors import FarmRefusedError, FarmSubmissionError, FarmUnreachableError
from flatiron_tasks.pipeline.farm_port import FarmJob, ServerOnJob
from tests.unit.backburner.scripted_manager import PROMPT, ScriptedManager


def _server(handle: str, *, active: bool, failed: bool) -> JobServer:
    return JobServer(handle, active, 0.0, 0, 0, rt_failed=failed)


def test_a_server_that_failed_on_a_job_does_not_work_on_it_even_if_it_is_called_active() -> None:
    # [A21]
    head = JobHead("300", "7", "bake", "", 50, "", "", "", "", "", "", 2, 1)
    servers = (_server("00AA", active=True, failed=True), _server("00BB", active=True, failed=False))
    info = payloads.write_job_info(JobInfo(head, JobFlags(), servers))
    with ScriptedManager({"get jobinfo 7": wire.data(info) + PROMPT}) as manager:
        progress = BackburnerFarm("127.0.0.1", manager.port, read_timeout_s=10).progress("7")

    assert progress is not None
    assert tuple(progress.servers) == (ServerOnJob("00AA", False, True), ServerOnJob("00BB", True, False))


_JOB = FarmJob("bake", "", ("render", "{1}"), (("1",),))
_MANAGER = {"get mgrinfo": wire.data(payloads.write_record("ManagerInfo", ManagerInfo("2017", 1, 1))) + PROMPT}


def _farm(port: int, cmdjob_code: str) -> BackburnerFarm:
    return BackburnerFarm("127.0.0.1", port, cmdjob=(sys.executable, "-c", f"import sys\n{cmdjob_code}"))


def test_what_a_failed_submission_means_depends_on_whether_the_manager_answers() -> None:
    # [C9] [C11]
    with ScriptedManager(_MANAGER) as manager:
        port = manager.port
        with pytest.raises(FarmSubmissionError, match="Connection refused"):
            _farm(port, "sys.exit('Connection refused')").submit(_JOB)
    with pytest.raises(FarmUnreachableError):
        _farm(port, "sys.exit('Connection refused')").submit(_JOB)


def test_a_refusal_for_good_is_one_only_if_the_manager_answers() -> None:
    # [C9]
    with ScriptedManager(_MANAGER) as manager:
        port = manager.port
        with pytest.raises(FarmRefusedError, match="no such group"):
            _farm(port, "sys.exit('no such group')").submit(_JOB)
    with pytest.raises(FarmUnreachableError):
        _farm(port, "sys.exit('no such group')").submit(_JOB)
