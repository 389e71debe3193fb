from __future__ import annotations

import pytest

from flatiron_tasks.backburner import payloads, wire
from flatiron_tasks.backburner.client import ManagerClient
from flatiron_tasks.backburner.records import JobEntry, ManagerInfo
from flatiron_tasks.contracts.errors import FarmProtocolError, FarmRefusedError, FarmUnreachableError
from tests.unit.backburner.scripted_manager import GREETING, PROMPT, ScriptedManager


def _client(manager: ScriptedManager, read_timeout_s: float = 10) -> ManagerClient:
    return ManagerClient("127.0.0.1", manager.port, connect_timeout_s=5, read_timeout_s=read_timeout_s)


def test_several_questions_use_one_connection() -> None:
    jobs = (JobEntry("4000000000", 2, "bake", "Command Line Tool", "1"),)
    answers = {
        "get mgrinfo": wire.data(payloads.write_record("ManagerInfo", ManagerInfo("1.0", 2, 1))) + PROMPT,
        "get joblist": wire.data(payloads.write_list("JobList", "Job", jobs)) + PROMPT,
        "get srvlist": b"251 0\r\n" + PROMPT,
        "get jobarchive": b"404 Nothing\r\n" + PROMPT,
    }
    with ScriptedManager(answers) as manager, _client(manager) as client:
        assert client.manager_info().servers == 2
        assert client.jobs() == jobs
        assert client.servers() == ()
        assert client.archive() == ()
    assert manager.requests == list(answers)


def test_orders_are_sent_as_a_real_manager_understands_them() -> None:
    ok = b"200 OK\r\n" + PROMPT
    answers = {"set jobstate 7 1": ok, "set jobstate 7 0": ok, "del job 7": ok, "get jobstate 7": b"200 3\r\n" + PROMPT}
    with ScriptedManager(answers) as manager, _client(manager) as client:
        assert client.suspend("7")
        assert client.activate("7")
        assert client.job_state("7") == 3
        assert client.delete_job("7")
    assert manager.requests == ["set jobstate 7 1", "set jobstate 7 0", "get jobstate 7", "del job 7"]


@pytest.mark.parametrize("code", [b"404 Job not found", b"450 Job refused"])
def test_a_job_that_the_manager_does_not_know_is_none(code: bytes) -> None:
    unknown = code + b"\r\n" + PROMPT
    answers = dict.fromkeys(("get jobinfo 7", "get jobstate 7", "get jobsrverrorlst 7", "del job 7"), unknown)
    with ScriptedManager(answers) as manager, _client(manager) as client:
        assert client.job_info("7") is None
        assert client.job_state("7") is None
        assert client.job_errors("7") == ()
        assert not client.delete_job("7")


def test_a_refusal_carries_the_managers_words() -> None:
    with (
        ScriptedManager({"del job 7": b"401 Need control\r\n" + PROMPT}) as manager,
        _client(manager) as client,
        pytest.raises(FarmRefusedError, match="401 Need control"),
    ):
        client.delete_job("7")


@pytest.mark.parametrize("answer", [b"250 Ready\r\n" + PROMPT, b"<html>\r\n", b"251 4\r\n<a>\0" + PROMPT])
def test_an_answer_that_nobody_can_read_is_a_protocol_error(answer: bytes) -> None:
    with (
        ScriptedManager({"get mgrinfo": answer}) as manager,
        _client(manager) as client,
        pytest.raises(FarmProtocolError),
    ):
        client.manager_info()


@pytest.mark.parametrize("greeting", [b"", GREETING, b"250 backburner"])
def test_a_manager_that_does_not_finish_its_greeting_is_unreachable_and_no_hang(greeting: bytes) -> None:
    with ScriptedManager({}, greeting) as manager, pytest.raises(FarmUnreachableError), _client(manager, 0.1):
        pass


@pytest.mark.parametrize("answer", [b"251 100\r\n<half", b"200 OK\r\n"])
def test_a_reply_that_stops_in_the_middle_is_unreachable_and_no_hang(answer: bytes) -> None:
    with (
        ScriptedManager({"del job 7": answer}) as manager,
        _client(manager, 0.2) as client,
        pytest.raises(FarmUnreachableError),
    ):
        client.delete_job("7")


def test_a_connection_that_the_manager_closes_is_unreachable_and_stays_closed() -> None:
    with ScriptedManager({"get joblist": b""}) as manager, _client(manager) as client:
        for _ in range(2):
            with pytest.raises(FarmUnreachableError):
                client.jobs()


def test_somebody_else_on_the_port_is_a_protocol_error() -> None:
    with (
        ScriptedManager({}, b"220 mail.example ESMTP\r\nbackburner>") as manager,
        pytest.raises(FarmProtocolError),
        _client(manager),
    ):
        pass
