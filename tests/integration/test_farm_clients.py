"""Clients that others wrote for the real manager work with the local farm as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.farm_console_client import ConsoleClient, texts
from tests.integration.farm_processes import FarmProcesses
from tests.integration.farm_program_client import ProgramClient
from tests.waiting import wait_until

_PROMPT = b"backburner>"
_OK = b"200 OK\r\n"
_FAILS = "import sys; sys.exit(7)"


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarmProcesses]:
    # These clients need the pauses; longer ones than usual, because this machine may be busy with other tests.
    with FarmProcesses(tmp_path_factory.mktemp("farm"), "--part-gap-ms", "100", "--retry-interval-s", "3600") as farm:
        farm.start_server("node-1", "--group", "bakers")
        yield farm


@pytest.fixture
def job(farm: FarmProcesses, request: pytest.FixtureRequest) -> str:
    """A job that nobody can take yet, of three tasks."""
    return farm.submit(request.node.name.partition("[")[0][5:60], "pass", "-suspended", "-leaveInQueue", tasks=3)


@pytest.fixture
def console(farm: FarmProcesses) -> Iterator[ConsoleClient]:
    with ConsoleClient(farm.port) as client:
        yield client


@pytest.fixture
def program(farm: FarmProcesses) -> Iterator[ProgramClient]:
    with ProgramClient(farm.port) as client:
        yield client


def test_a_console_client_hears_greeting_and_prompt_in_two_reads(console: ConsoleClient) -> None:
    assert console.greeting == b"250 backburner 1.0 Ready.\r\n"
    assert console.status("get nonsense").startswith("400 Unknown")
    assert console.status("new controller Yes") == "201 OK"
    assert console.status("get nonsense").startswith("400 Unknown")
    assert console.prompts == [_PROMPT, _PROMPT, b"backburner(Controller)>"]


def test_a_console_client_lists_and_describes_servers_by_position(farm: FarmProcesses, console: ConsoleClient) -> None:
    wait_until(lambda: "node-1 is here" in farm.output("manager"), what="the server is there")
    handle, state, name = texts(console.document("get srvlist")[0])
    assert (len(handle), int(state), name) == (16, 1, "node-1")

    identity, hardware, network, schedule, priorities, current, plugins = console.document(f"get server {handle}")
    assert (texts(identity)[1], texts(identity)[6]) == ("node-1", "127.0.0.1")
    assert [int(text) for text in texts(identity)[3:4] + texts(identity)[7:]] == [0, 1]
    assert [len(part) for part in (identity, hardware, network, schedule, priorities, current)] == [8, 6, 5, 7, 2, 3]
    assert int(texts(hardware)[0]) > 0
    assert [int(text) for text in texts(schedule) + texts(priorities) + texts(current)[:2]] == [0] * 11
    assert (texts(plugins[0])[0], int(texts(plugins[0])[1])) == ("Command Line Tool", 300)


def test_a_console_client_lists_and_describes_jobs_by_position(console: ConsoleClient, job: str) -> None:
    entry = next(item for item in console.document("get joblist") if item[0].text == job)
    assert texts(entry)[1:4] == ["3", texts(entry)[2], "Command Line Tool"]
    assert [texts(item) for item in console.document("get jobhlist") if item[0].text == job] == [[job, "3"]]

    head, flags, _, plugin, alerts, servers = console.document(f"get jobinfo {job}")
    assert (texts(head)[1], int(texts(head)[4]), int(texts(head)[11]), int(texts(head)[12])) == (job, 50, 3, 0)
    assert len(head) == 14
    assert texts(flags) == ["No"] * 7 + ["Yes"] + ["No"] * 4
    assert (texts(plugin)[0], int(texts(plugin)[1])) == ("Command Line Tool", 300)
    assert (len(alerts), int(texts(alerts)[0]), int(texts(alerts)[4])) == (10, 0, 0)
    assert [len(server) for server in servers] == [6]


def test_a_console_client_describes_manager_and_clients_by_position(console: ConsoleClient) -> None:
    version, servers, jobs, system, network = console.document("get mgrinfo")
    assert [int(item.text or "") for item in (version, servers)] == [300, 1]
    assert int(jobs.text or "") >= 0
    assert (len(system), len(network)) == (9, 5)
    assert min(int(text) for text in (texts(system)[0], texts(system)[7], texts(network)[2])) > 0
    for client in console.document("get clientlist"):
        assert [int(text) for text in texts(client)[:3]] == [300, 0, 0]
        assert len(client[3]) == 9


def test_a_console_client_suspends_and_activates(console: ConsoleClient, job: str) -> None:
    replies = [console.status(line) for line in (f"set jobstate {job} 0", f"set jobstate {job} 1")]
    assert replies == ["200 OK", "200 OK"]
    assert console.status(f"get jobstate {job}") == "200 3"
    assert console.status(f"del job {job}") == "200 OK"
    assert console.status(f"get jobstate {job}").startswith("404 J")


def test_a_console_client_reads_what_servers_reported(farm: FarmProcesses, console: ConsoleClient) -> None:
    job = farm.submit("fails", _FAILS, "-leaveInQueue")
    wait_until(
        lambda: [texts(server)[5] for server in console.document(f"get jobinfo {job}")[5]] == ["Yes"],
        what="the server failed",
    )
    (message,) = console.document(f"get jobsrverrorlst {job}")
    assert "exit code 7" in texts(message)[0]


def test_a_program_client_logs_in_with_whole_reads_and_is_given_control(program: ProgramClient) -> None:
    assert program.control == b"201 OK\r\n"
    (client,) = program.document("get clientlist")
    assert [client[place].text for place in (0, 2)] == ["300", "1"]
    assert client.findtext("SystemInfo/ComputerName") == "station"
    assert program.document("get controller").tag == "ClientInfo"


def test_a_second_program_client_is_told_that_control_is_pending(program: ProgramClient, farm: FarmProcesses) -> None:
    with ProgramClient(farm.port) as second:
        assert second.control == b"200 Control Pending\r\n"
        assert second.ask("get nonsense").startswith(b"400 Unknown")


def test_a_program_client_reads_jobs_by_name(program: ProgramClient, job: str) -> None:
    listed = program.document("get jobhlist")
    assert listed.tag == "JobhList"
    assert job in [entry.findtext("Handle") for entry in listed.findall("Job")]
    info = program.document(f"get jobinfo {job}")
    assert (info.tag, info.findtext("JobInfo/JobHandle"), info.findtext("JobInfo/NumberTasks")) == ("Job", job, "3")
    assert program.document(f"get job {job}").findtext("JobInfo/JobHandle") == job
    assert program.ask(f"get jobstate {job}") == b"200 3\r\n"
    assert program.ask("get jobinfo 99999999")[:5] == b"404 J"


def test_a_program_client_changes_jobs_with_whole_reads(program: ProgramClient, job: str) -> None:
    for line in (f"set jobpriority {job} 5", f"set jobstate {job} 1", f"del job {job}"):
        assert program.ask(line) == _OK


def test_a_program_client_is_notified_of_failures_lists_them_and_resets_the_server(
    program: ProgramClient, farm: FarmProcesses
) -> None:
    server = program.document("get srvlist").findtext("Server/Handle")
    job = farm.submit("burnt", _FAILS, "-leaveInQueue")
    kinds: list[int] = []
    while not kinds or kinds[-1] != 0x15:
        kind, fields = program.notification()
        kinds.append(kind)
        assert fields[0] in (job, server)
    assert kinds[:3] == [0x09, 0x14, 0x0D]

    errors = program.document(f"get jobsrverrorlst {job}")
    assert errors.tag == "ServerErrorList"
    assert "exit code 7" in (errors.findtext("ServerMessage/Msg") or "")
    assert program.document(f"get jobinfo {job}")[5][0][5].text == "Yes"

    assert program.ask(f"del jobserver {job} {server}") == _OK
    program.send(f"new jobserver {job} {server}")  # and not waited for, as such a client does
    assert program.document(f"get jobinfo {job}")[5][0][0].text == server
    while kinds[-1] != 0x15 or len(kinds) < 5:
        kinds.append(program.notification()[0])
    assert program.ask(f"del job {job}") == _OK


def test_an_empty_list_is_one_read_without_a_payload(tmp_path: Path) -> None:
    with FarmProcesses(tmp_path) as farm, ProgramClient(farm.port) as program:
        assert [program.ask(f"get {what}") for what in ("jobhlist", "srvlist", "srvgroups")] == [b"251 0\r\n"] * 3
