"""What a probe asks, what it finds, and what it keeps to itself."""

from __future__ import annotations

import re

import pytest

from flatiron_tasks.backburner import payloads, wire
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.backburner.probe import Chunk, Exchange, probe
from flatiron_tasks.backburner.probe_findings import Verdict, findings
from flatiron_tasks.backburner.probe_mask import masked
from flatiron_tasks.backburner.records import (
    JobEntry,
    JobFlags,
    JobHandleEntry,
    JobHead,
    JobInfo,
    JobServer,
    ManagerInfo,
    NetworkStatus,
    ServerEntry,
    ServerIdentity,
    SystemInfo,
)
from flatiron_tasks.backburner.session import Address
from tests.unit.backburner.scripted_manager import PROMPT, ScriptedManager

_HANDLE = "001FE18133B60000"
_SECRETS = (b"renderhost", b"hall of fame", b"artist", b"10.1.2.3", b"001FE18133B6", b"Windows", b"desk")
_JOBS = (JobEntry("4000000001", 2, "hall of fame", "Command Line Tool", "1"), JobEntry("4000000002", 2, "b", "c", "1"))
_MACHINE = SystemInfo(platform="Windows 10", user="artist", computer_name="desk", mac=_HANDLE, ip_address="10.1.2.3")
_MANAGER = ManagerInfo("300", 1, 2, _MACHINE, NetworkStatus(boot_time="Mon Jan 20 14:25:01 2020"))
_SERVER = ServerIdentity("300", "renderhost", "artist", 3, 1500.0, 1.0, "10.1.2.3", 2)
_DOCUMENTS = {
    "get mgrinfo": payloads.write_record("ManagerInfo", _MANAGER),
    "get srvlist": payloads.write_list("ServerList", "Server", [ServerEntry(_HANDLE, 1, "renderhost")]),
    f"get server {_HANDLE}": payloads.write_server(_SERVER),
    "get joblist": payloads.write_list("JobList", "Job", _JOBS),
    "get jobhlist": payloads.write_list("JobhList", "Job", [JobHandleEntry("4000000001", 2)]),
    "get jobarchive": b"",
}
_LINES = {
    "get jobstate 4000000001": b"200 2\r\n",
    "get jobinfo 4294967295": b"404 Job not found\r\n",
    "get jobstate 4294967295": b"450 Job is not there\r\n",
    "get pluglist *": b"251 0\r\n",
    "get srvgroups": b"404 No groups\r\n",
}


def _answers(changes: dict[str, bytes] | None = None) -> dict[str, bytes]:
    replies = {request: wire.data(document) for request, document in _DOCUMENTS.items()} | _LINES
    return {request: reply + PROMPT for request, reply in replies.items()} | (changes or {})


def _probed(manager: ScriptedManager) -> list[Exchange]:
    return probe(Address("127.0.0.1", manager.port, read_timeout_s=10))


def _verdicts(answers: dict[str, bytes]) -> dict[str, Verdict]:
    with ScriptedManager(answers) as manager:
        return {finding.number: finding.verdict for finding in findings(_probed(manager))}


def test_a_manager_as_we_believe_it_to_be_confirms_all_that_it_shows() -> None:
    # [A1] [A3] [A4] [A5] [A6] [A7] [A8] [A9]
    verdicts = _verdicts(_answers())

    console = {number: verdict for number, verdict in verdicts.items() if number not in {"A2", "A10", "A21", "A22"}}
    assert set(console.values()) == {Verdict.CONFIRMED}
    assert verdicts["A2"] is Verdict.REFUTED  # this one greets before it hears `new login`


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        ("A3", {"get clientlist": b"251 13\r\n<ClientList/>" + PROMPT}),
        ("A4", {"get jobarchive": b"499 Nothing\r\n" + PROMPT}),
        ("A5", {"get joblist": wire.data(b"<L><Job><a>x</a><b>y</b><c>z</c></Job></L>\n") + PROMPT}),
        ("A6", {"get jobstate 4000000001": b"200 7\r\n" + PROMPT}),
        ("A7", {"get jobinfo 4294967295": b"451 No job\r\n" + PROMPT}),
        ("A8", {"get flatironprobe": b"500 What?\r\n" + PROMPT}),
        ("A9", {"get srvlist": wire.data(payloads.write_list("L", "S", [ServerEntry("7", 1, "n")])) + PROMPT}),
    ],
)
def test_a_manager_that_differs_refutes_exactly_what_it_differs_in(number: str, changes: dict[str, bytes]) -> None:
    verdicts = _verdicts(_answers(changes))

    assert {key for key, verdict in verdicts.items() if verdict is Verdict.REFUTED} - {"A2", "A10"} == {number}


def _job_on(handle: str) -> bytes:
    head = JobHead(
        "300", "4000000001", "b\N{LATIN SMALL LETTER A WITH DIAERESIS}r", "", 50, "", "", "", "", "", "", 2, 1
    )
    return payloads.write_job_info(JobInfo(head, JobFlags(), (JobServer(handle, True, 0.0, 0, 0, rt_failed=False),)))


@pytest.mark.parametrize(("state", "verdict"), [(2, Verdict.CONFIRMED), (1, Verdict.REFUTED)])
def test_a_server_that_is_active_on_a_job_must_be_busy(state: int, verdict: Verdict) -> None:
    # [A21] [A22]
    servers = payloads.write_list("ServerList", "Server", [ServerEntry(_HANDLE, state, "renderhost")])
    changes = {"get srvlist": servers, "get jobinfo 4000000001": _job_on(_HANDLE)}
    verdicts = _verdicts(_answers({request: wire.data(body) + PROMPT for request, body in changes.items()}))

    assert (verdicts["A21"], verdicts["A22"]) == (verdict, Verdict.CONFIRMED)


def test_a_document_in_a_windows_code_page_is_noticed() -> None:
    # [A22]
    document = _job_on(_HANDLE).decode().encode("cp1252")

    assert _verdicts(_answers({"get jobinfo 4000000001": wire.data(document) + PROMPT}))["A22"] is Verdict.REFUTED


@pytest.mark.parametrize(
    "received",
    [
        b"251 40\r\n<L><N> Bob</N></L>\n\0backburner>",
        b"251 40\r\n<L><N>> Bob</N></L>\n\0backburner>",
        b"251 40\r\n<L><N>\nBob\n</N></L>\n\0backburner>",
        b"251 40\r\n<L><N>001FE18133B60000 Bob</N></L>\n\0backburner>",
        b'251 40\r\n<L><N of="Bob"/><!--Bob--><![CDATA[Bob]]></L>\n\0backburner>',
        b"450 Job refused: Bob holds queue control\r\nbackburner>",
        b"220 Bob ESMTP\r\nBob",
    ],
)
def test_a_mask_leaves_no_name_wherever_it_stands(received: bytes) -> None:
    exchange = Exchange(Mode.CONSOLE, "get joblist", [Chunk(0.0, False, received)])
    (hidden,) = masked([exchange], b"salt")

    assert b"Bob" not in hidden.received
    assert len(hidden.received) == len(received)
    assert hidden.received[:4] == received[:4]
    assert hidden.received.endswith(PROMPT) == received.endswith(PROMPT)


@pytest.mark.parametrize("line", [wire.GREETING + PROMPT, wire.LOGIN_REPLY, b"200 OK\r\n", b"400 Unknown command\r\n"])
def test_a_mask_leaves_what_every_manager_says(line: bytes) -> None:
    assert masked([Exchange(Mode.CONSOLE, "x", [Chunk(0.0, False, line)])], b"salt")[0].received == line


def test_what_was_not_seen_is_neither_confirmed_nor_refuted() -> None:
    empty = dict.fromkeys(("get srvlist", "get joblist", "get jobhlist"), b"251 0\r\n" + PROMPT)
    verdicts = _verdicts({key: value for key, value in _answers(empty).items() if "jobstate 4000" not in key})

    assert verdicts["A6"] is Verdict.NOT_SEEN
    assert verdicts["A9"] is Verdict.NOT_SEEN


def test_a_probe_only_asks_and_survives_whatever_it_is_told() -> None:
    # [R5] [R12]
    with ScriptedManager(_answers({"get jobhlist": b"", "get clientlist": b"nonsense\r\n"})) as manager:
        exchanges = _probed(manager)

    asked = [line for conversation in manager.conversations for line in conversation]
    assert all(re.match(r"get |new login$", line) for line in asked)
    assert {"get jobhlist", "get clientlist", "get jobstate 4000000001", "get controller"} <= set(asked)
    assert "get jobinfo 4000000002" not in asked  # one job of each state is enough
    assert [one.request for one in exchanges if one.mode is Mode.CONSOLE and one.error][:2] == [
        "get jobhlist",
        "get clientlist",
    ]


def test_a_masked_conversation_has_every_length_and_no_name() -> None:
    with ScriptedManager(_answers()) as manager:
        exchanges = _probed(manager)
    hidden = masked(exchanges, b"salt")
    shown = b"".join(chunk.data for exchange in hidden for chunk in exchange.chunks)
    original = b"".join(chunk.data for exchange in exchanges for chunk in exchange.chunks)

    assert [secret for secret in _SECRETS if secret in original] == list(_SECRETS)
    assert [secret for secret in _SECRETS if secret in shown] == []
    assert not any(secret.decode() in exchange.request for exchange in hidden for secret in _SECRETS)
    assert [len(chunk.data) for exchange in hidden for chunk in exchange.chunks] == [
        len(chunk.data) for exchange in exchanges for chunk in exchange.chunks
    ]
    for kept in (b"<State>2</State>", b"Mon Jan 20 14:25:01 2020", b"4000000001", b"251 ", b"<Version>300<", PROMPT):
        assert kept in shown


def test_a_server_keeps_one_pseudonym_within_a_recording_and_gets_another_in_the_next() -> None:
    with ScriptedManager(_answers()) as manager:
        exchanges = _probed(manager)
    first, second = (
        {match for one in masked(exchanges, salt) for match in re.findall(r"[0-9A-F]{12}0000", one.request)}
        for salt in (b"a", b"b")
    )

    assert len(first) == len(second) == 1
    assert first != second
    assert first.pop().encode() in _exchange(masked(exchanges, b"a"), "get srvlist").received


def test_a_mask_does_not_care_where_the_network_cut_a_name() -> None:
    with ScriptedManager(_answers()) as manager:
        exchanges = _probed(manager)
    whole = _exchange(exchanges, "get joblist")
    cut = Exchange(
        whole.mode,
        whole.request,
        [
            type(chunk)(chunk.at_s, chunk.sent, chunk.data[at : at + 1])
            for chunk in whole.chunks
            for at in range(len(chunk.data))
        ],
    )

    assert masked([cut], b"s")[0].received == masked([whole], b"s")[0].received


def _exchange(exchanges: list[Exchange], request: str) -> Exchange:
    return next(one for one in exchanges if one.request == request)
