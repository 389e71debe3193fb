from __future__ import annotations

from collections.abc import Callable

import pytest

from flatiron_tasks.backburner import assumptions, payloads, wire
from flatiron_tasks.backburner.backoff import Backoff
from flatiron_tasks.backburner.client import ManagerClient
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.backburner.records import (
    ClientInfo,
    JobEntry,
    ManagerInfo,
    PluginEntry,
    ServerEntry,
    ServerIdentity,
    ServerInfo,
    SystemInfo,
)
from flatiron_tasks.contracts.errors import FarmProtocolError, FarmRefusedError, FarmUnreachableError
from flatiron_tasks.pipeline.farm_port import FarmJobState, ServerState
from tests.unit.backburner.scripted_manager import AFTER_UPLOAD, END_OF_CONNECTION, GREETING, PROMPT, ScriptedManager

_OK = b"200 OK\r\n" + PROMPT


def _client(manager: ScriptedManager, read_timeout_s: float = 10) -> ManagerClient:
    return ManagerClient("127.0.0.1", manager.port, connect_timeout_s=5, read_timeout_s=read_timeout_s)


def test_several_questions_use_one_connection() -> None:
    jobs = (JobEntry("4000000000", 2, "bake", "Command Line Tool", "1"),)
    # [R1] [R2] [R4] [R9] [F2] [F3]
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
    # [R7] [R13] [R14] [R15] [R16] [R17] [A6] [A12] [A13]
    orders: dict[str, Callable[[ManagerClient], bool]] = {
        "set jobstate 7 1": lambda client: client.suspend("7"),
        "set jobstate 7 0": lambda client: client.activate("7"),
        "set jobpriority 7 99": lambda client: client.set_priority("7", 99),
        "del job 7": lambda client: client.delete_job("7"),
        "del jobserver 7 00AA": lambda client: client.add_server_again("7", "00AA"),
    }
    answers = {**dict.fromkeys([*orders, "new jobserver 7 00AA"], _OK), "get jobstate 7": b"200 3\r\n" + PROMPT}
    with ScriptedManager(answers) as manager, _client(manager) as client:
        assert all(order(client) for order in orders.values())
        assert client.job_state("7") == 3
    assert manager.requests == [*orders, "new jobserver 7 00AA", "get jobstate 7"]


def test_a_server_that_is_not_on_the_job_can_still_be_put_on_it() -> None:
    # [R17] [A13]
    answers = {"del jobserver 7 00AA": b"404 No\r\n" + PROMPT, "new jobserver 7 00AA": _OK}
    with ScriptedManager(answers) as manager, _client(manager) as client:
        assert client.add_server_again("7", "00AA")


def test_a_server_whose_removal_is_refused_is_put_on_all_the_same() -> None:
    # [R17] [A13]
    answers = {"del jobserver 7 00AA": b"499 Not on this job\r\n" + PROMPT, "new jobserver 7 00AA": _OK}
    with ScriptedManager(answers) as manager, _client(manager) as client:
        assert client.add_server_again("7", "00AA")


@pytest.mark.parametrize("lost", ["del jobserver 7 00AA", "new jobserver 7 00AA"])
def test_a_connection_that_breaks_between_off_and_on_does_not_leave_the_server_off(lost: str) -> None:
    # [R17]
    orders = ("del jobserver 7 00AA", "new jobserver 7 00AA")
    answers = {order: [END_OF_CONNECTION, _OK] if order == lost else _OK for order in orders}
    with ScriptedManager(answers) as manager, _client(manager) as client:
        assert client.add_server_again("7", "00AA")
    assert manager.conversations[-1] == ["new jobserver 7 00AA"]


def test_a_manager_that_is_away_is_not_asked_for_a_server_before_the_back_off_is_over() -> None:
    # [F13]
    backoff = Backoff(first_s=3600, longest_s=3600, clock=lambda: 0.0)
    with ScriptedManager({"get joblist": END_OF_CONNECTION}) as manager:
        client = ManagerClient("127.0.0.1", manager.port, read_timeout_s=10, backoff=backoff)
        for ask in (client.jobs, lambda: client.add_server_again("7", "00AA")):
            with pytest.raises(FarmUnreachableError):
                ask()
    assert manager.conversations == [["get joblist"]]


@pytest.mark.parametrize("priority", [-1, 100])
def test_a_priority_that_would_mean_something_else_is_never_sent(priority: int) -> None:
    # [R15]
    with (
        ScriptedManager({}) as manager,
        _client(manager) as client,
        pytest.raises(FarmRefusedError, match="is not in 0"),
    ):
        client.set_priority("7", priority)
    assert manager.requests == []


def test_a_server_a_client_and_a_plugin_can_be_asked_for() -> None:
    # [R3] [R10] [R11]
    identity = ServerIdentity("300", "node", "artist", 3, 1500.0, 1.0, "10.0.0.7", 2)
    monitor = ClientInfo(controller=1, system_info=SystemInfo(computer_name="desk-4"))
    plugin = PluginEntry("300", "Command Line Tool", "runs commands")
    answers = {
        "get server 00AA": wire.data(payloads.write_server(identity)) + PROMPT,
        "get server 00BB": b"404 Server not found\r\n" + PROMPT,
        "get clientlist": wire.data(payloads.write_list("ClientList", "Client", [monitor])) + PROMPT,
        "get pluglist": wire.data(payloads.write_list("PluginList", "Plugin", [plugin])) + PROMPT,
    }
    with ScriptedManager(answers) as manager, _client(manager) as client:
        assert client.server("00AA") == ServerInfo(identity)
        assert client.server("00BB") is None
        assert client.clients() == (monitor,)
        assert client.plugins() == (plugin,)


def test_a_client_needs_no_ceremony_and_keeps_its_connection() -> None:
    # [W1]
    with ScriptedManager({"get srvlist": b"251 0\r\n" + PROMPT}) as manager:
        client = _client(manager)
        assert client.servers() == client.servers() == ()
        client.close()
    assert manager.conversations == [["get srvlist"] * 2]


def test_the_same_questions_work_in_program_mode() -> None:
    # [W4] [W5]
    answers = {
        "new login": wire.LOGIN_REPLY,
        "set clientinfo *": wire.UPLOAD_READY,
        AFTER_UPLOAD: b"200 OK\r\n",
        "get srvlist": wire.data(payloads.write_list("ServerList", "Server", [ServerEntry("00AA", 1, "node")])),
        "get jobstate 7": b"200 4\r\n",
    }
    with (
        ScriptedManager(answers, b"") as manager,
        ManagerClient("127.0.0.1", manager.port, mode=Mode.PROGRAM, read_timeout_s=10) as client,
    ):
        assert client.servers() == (ServerEntry("00AA", 1, "node"),)
        assert client.job_state("7") == 4


@pytest.mark.parametrize(
    ("number", "job", "server"),
    [
        (0, FarmJobState.COMPLETE, ServerState.ABSENT),
        (1, FarmJobState.WAITING, ServerState.IDLE),
        (2, FarmJobState.ACTIVE, ServerState.BUSY),
        (3, FarmJobState.SUSPENDED, ServerState.ERROR),
        (4, FarmJobState.WAITING, ServerState.SUSPENDED),
        (5, FarmJobState.ACTIVE, ServerState.BUSY),
        (-1, FarmJobState.ACTIVE, ServerState.BUSY),
    ],
)
def test_a_state_number_has_one_meaning_and_an_unknown_one_is_no_end(
    number: int, job: FarmJobState, server: ServerState
) -> None:
    # [F12] [A6]
    assert assumptions.farm_state(number) is job
    assert assumptions.server_state(number) is server


@pytest.mark.parametrize("code", [b"404 Job not found", b"450 Job refused"])
def test_a_job_that_the_manager_does_not_know_is_none(code: bytes) -> None:
    # [F3] [R6] [R8] [A7]
    unknown = code + b"\r\n" + PROMPT
    answers = dict.fromkeys(("get jobinfo 7", "get jobstate 7", "get jobsrverrorlst 7", "del job 7"), unknown)
    with ScriptedManager(answers) as manager, _client(manager) as client:
        assert client.job_info("7") is None
        assert client.job_state("7") is None
        assert client.job_errors("7") == ()
        assert not client.delete_job("7")


def test_a_refusal_carries_the_managers_words() -> None:
    # [F6] [Q4]
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
