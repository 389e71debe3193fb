from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.backburner import assumptions, payloads
from flatiron_tasks.backburner.records import (
    ArchiveEntry,
    ClientInfo,
    CurrentTask,
    HardwareInfo,
    JobAlerts,
    JobEntry,
    JobFlags,
    JobHandleEntry,
    JobHead,
    JobInfo,
    JobPlugin,
    JobServer,
    ManagerInfo,
    NetworkStatus,
    Priorities,
    Schedule,
    ServerDetails,
    ServerEntry,
    ServerIdentity,
    ServerInfo,
    ServerPlugin,
    SystemInfo,
)
from flatiron_tasks.contracts.errors import FarmProtocolError

_LEGAL = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="￾￿"), max_size=30)
_NUMBER = st.integers(0, 2**32 - 1)
_MILLISECONDS = st.floats(0, 1e9)


def _records(kind: type[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        kind,
        **{
            name: {"str": _LEGAL, "int": _NUMBER, "float": _MILLISECONDS, "bool": st.booleans()}[str(annotation)]
            for name, annotation in kind.__annotations__.items()
            if str(annotation) in {"str", "int", "float", "bool"}
        },
    )


_JOB_INFO = st.builds(
    JobInfo,
    _records(JobHead),
    _records(JobFlags),
    st.lists(_records(JobServer), max_size=3).map(tuple),
    _records(JobPlugin),
    _records(JobAlerts),
)


@given(_JOB_INFO)
def test_a_job_description_survives_the_journey(info: JobInfo) -> None:
    assert payloads.read_job_info(payloads.write_job_info(info)) == info


@given(
    st.builds(
        ManagerInfo,
        version=_LEGAL,
        servers=_NUMBER,
        jobs=_NUMBER,
        system_info=_records(SystemInfo),
        network_status=_records(NetworkStatus),
    )
)
def test_a_manager_description_survives_the_journey(info: ManagerInfo) -> None:
    assert payloads.read_record(ManagerInfo, payloads.write_record("ManagerInfo", info)) == info


@pytest.mark.parametrize("kind", [ServerEntry, JobEntry, JobHandleEntry, ArchiveEntry])
@given(data=st.data())
def test_a_list_survives_the_journey(kind: type[Any], data: st.DataObject) -> None:
    records = tuple(data.draw(st.lists(_records(kind), max_size=4)))

    assert payloads.read_list(kind, payloads.write_list("AnyList", "Item", records)) == records


@given(st.lists(_LEGAL, max_size=4).map(tuple))
def test_error_messages_survive_the_journey(messages: tuple[str, ...]) -> None:
    assert payloads.read_error_list(payloads.write_error_list(messages)) == messages


def test_names_do_not_matter_where_the_order_is_right() -> None:
    # [W12] [A5]
    document = b"<L><X><a>77</a><b>2</b><c>bake</c><d>cmd</d><e>1</e></X></L>\0"

    assert payloads.read_list(JobEntry, document) == (JobEntry("77", 2, "bake", "cmd", "1"),)


def test_the_order_does_not_matter_where_the_names_are_known() -> None:
    document = b"<L><Job><Name>bake</Name><New>?</New><STATE>2</STATE><handle>77</handle></Job></L>"

    (entry,) = payloads.read_list(JobEntry, document)
    assert (entry.handle, entry.state, entry.name) == ("77", 2, "bake")


def test_elements_that_nobody_knows_are_no_obstacle() -> None:
    head = payloads.write_record("Server", ServerEntry("00", 1, "node")).replace(b"</Server>", b"<New/></Server>")

    assert payloads.read_record(ServerEntry, head) == ServerEntry("00", 1, "node")


@pytest.mark.parametrize("terminator", [b"", b"\0", b"0", b"\0\0\r\n"])
def test_any_terminator_is_dropped(terminator: bytes) -> None:
    document = payloads.write_record("Server", ServerEntry("00", 1, "node"))

    assert payloads.read_record(ServerEntry, document + terminator).name == "node"


@pytest.mark.parametrize(
    "document",
    [
        b"no XML at all",
        b"<L><Job>",
        b"<L><Job><a>1</a></Job></L>",
        b"<L><Job><a>1</a><b>two</b><c>x</c></Job></L>",
        b'<!DOCTYPE L [<!ENTITY e "x">]><L><Job><a>1</a><b>2</b><c>&e;</c></Job></L>',
        b'<?xml version="1.0" encoding="nonsense"?><L/>',
        b'<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><b>&b;</b>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b"<a>" * 100 + b"</a>" * 100,
        b"<L>" + b"<a/>" * (assumptions.MAX_ELEMENTS + 1) + b"</L>",
        b"\xff\xfe<\0L\0/\0>\0",
    ],
    ids=lambda document: document[:30],
)
def test_a_document_that_cannot_be_read_is_a_protocol_error(document: bytes) -> None:
    # [W11] [W12] [F7] [A11]
    with pytest.raises(FarmProtocolError):
        payloads.read_list(JobEntry, document)


_JOB = "<Job><H>{}</H><S>{}</S><N>{}</N></Job>"
_OURS = _JOB.format(77, 2, "bake")


@pytest.mark.parametrize(
    ("name", "read"),
    [
        (b"k\xfcche", "küche"),
        (b"k\xc3\xbcche \x07", "küche "),
        (b"a\0b\x1bc", "abc"),
        (b"a&#7;b&#x1F;c&#65;", "abcA"),
        (b"Tom & Jerry &amp; &co; &AMP;", "Tom & Jerry & &co; &AMP;"),
    ],
)
def test_one_strangers_job_name_never_hides_the_other_jobs(name: bytes, read: str) -> None:
    # [W12] [A22]
    stranger = _JOB.format(78, 1, "NAME").encode().replace(b"NAME", name)
    document = b'<?xml version="1.0" encoding="UTF-8"?>\n<L>' + stranger + _OURS.encode() + b"</L>\n"

    assert [job.name for job in payloads.read_list(JobEntry, document)] == [read, "bake"]


@pytest.mark.parametrize(
    "name", [b"a < b", b"a<b", b"<b>", b"</N>", b"<!--", b"<![CDATA[", b"&nbsp;", b"</Job>", b"<?x"]
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_strangers_name_that_is_no_xml_costs_at_most_his_own_job(name: bytes, place: int) -> None:
    # [W15]
    items = [_OURS.encode(), _JOB.format(79, 1, "last").encode()]
    items.insert(place, _JOB.format(78, 1, "NAME").encode().replace(b"NAME", name))
    document = b'<?xml version="1.0" encoding="UTF-8"?>\n<L>\n  ' + b"\n  ".join(items) + b"\n</L>\n\0"

    assert [job.name for job in payloads.read_list(JobEntry, document) if job.handle != "78"] == ["bake", "last"]


@pytest.mark.parametrize(
    "document",
    [
        f"<L>{_OURS}<Job><N>a < b</N></Job>",
        f"<L>{_OURS}{_OURS}",
        f"<L>{_OURS}<Job>",
        "<L>" + "<Job><N>a < b</N></Job>" * 3 + "</L>",
        "<L>" + "<Job>a < b</Job>" * (assumptions.MAX_BROKEN_ITEMS + 1) + "</L>",
    ],
    ids=lambda document: document[-30:],
)
def test_a_broken_list_that_is_cut_off_or_holds_nothing_readable_is_damage(document: str) -> None:
    # [W15] [F7]
    with pytest.raises(FarmProtocolError):
        payloads.read_list(JobEntry, document.encode())


@given(st.binary(max_size=60), st.integers(0, 3))
def test_no_name_of_a_stranger_hides_our_job(name: bytes, place: int) -> None:
    # [W12] [W15]
    items = [_JOB.format(number, 1, "x").encode() for number in (78, 79, 80)]
    items.insert(place, _OURS.encode())
    items.append(_JOB.format(81, 1, "NAME").encode().replace(b"NAME", name))
    document = b"<L>" + b"".join(items) + b"</L>"

    assert "bake" in {job.name for job in payloads.read_list(JobEntry, document)}


def test_an_item_that_nobody_can_read_is_left_out_of_a_list_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    # [W15]
    document = f"<L>{_JOB.format(78, 'unreadable-once', 'x')}<Job/>{_OURS}</L>".encode()

    for _ in range(2):
        assert [job.name for job in payloads.read_list(JobEntry, document)] == ["bake"]
    assert len([record for record in caplog.records if "unreadable-once" in record.message]) == 1


def test_an_empty_state_is_one_that_nobody_knows_and_the_job_stays_in_the_list() -> None:
    # [F12]
    document = f"<L>{_JOB.format(77, '', 'bake')}</L>".encode()

    assert payloads.read_list(JobEntry, document) == (JobEntry("77", assumptions.EMPTY_STATE, "bake"),)


def test_a_server_of_a_job_that_nobody_can_read_hides_neither_job_nor_other_servers() -> None:
    head = JobHead("300", "77", "bake", "", 50, "", "", "", "", "", "", 2, 1)
    servers = tuple(JobServer(handle, True, 0.0, 0, 0, rt_failed=False) for handle in ("00AA", "00BB"))
    document = payloads.write_job_info(JobInfo(head, JobFlags(), servers))
    first, rest = document.split(b"<TaskTotal>0<", 1)

    assert payloads.read_job_info(first + b"<TaskTotal>many<" + rest).servers == servers[1:]


@pytest.mark.parametrize(
    "attributes",
    [" ".join(f'a{number}="x"' for number in range(17)), f'a="{"x" * assumptions.MAX_ATTRIBUTE_SIGNS}"'],
    ids=["too many", "too long"],
)
def test_attributes_are_bounded(attributes: str) -> None:
    # [W11] [A11]
    with pytest.raises(FarmProtocolError, match="attributes"):
        payloads.read_list(JobEntry, f"<L {attributes}/>".encode())


def test_as_many_attributes_as_the_bound_allows_are_no_obstacle() -> None:
    attributes = " ".join(f'a{number}="x"' for number in range(assumptions.MAX_ATTRIBUTES))

    assert payloads.read_list(JobEntry, f"<L {attributes}>{_OURS}</L>".encode())[0].name == "bake"


def test_signs_that_xml_cannot_carry_do_not_break_the_document() -> None:
    document = payloads.write_error_list(["bell \x07 and half a pair \ud800"])

    assert payloads.read_error_list(document) == (
        "bell \N{REPLACEMENT CHARACTER} and half a pair \N{REPLACEMENT CHARACTER}",
    )


@given(
    _records(ServerIdentity),
    st.builds(
        ServerDetails,
        hardware=_records(HardwareInfo),
        network_status=_records(NetworkStatus),
        schedule=_records(Schedule),
        priorities=_records(Priorities),
        current_task=_records(CurrentTask),
        plugins=st.lists(_records(ServerPlugin), max_size=3).map(tuple),
    ),
)
def test_a_server_description_survives_the_journey(identity: ServerIdentity, details: ServerDetails) -> None:
    assert payloads.read_server(payloads.write_server(identity, details)) == ServerInfo(identity, details)


def test_a_server_that_tells_only_who_it_is_can_be_read() -> None:
    identity = ServerIdentity("300", "node", "artist", 3, 1500.0, 1.0, "127.0.0.1", 2)
    document = payloads.write_record("X", identity).replace(b"<X>", b"<Server><A>").replace(b"</X>", b"</A></Server>")

    assert payloads.read_server(document) == ServerInfo(identity)


def test_a_client_description_survives_the_journey_with_anything_behind_it() -> None:
    info = ClientInfo("300", 30000, 0, SystemInfo(computer_name="desk", mac="001FE18133B60000"))
    document = payloads.write_record("ClientInfo", info)

    assert payloads.read_record(ClientInfo, document + b"0") == info
    assert b"<Controler>" in document
    assert b"<WorkDiskSPace>" in document


@given(st.binary(max_size=200))
def test_noise_is_a_protocol_error_and_nothing_else(noise: bytes) -> None:
    for read in (payloads.read_job_info, payloads.read_server):
        with pytest.raises(FarmProtocolError):
            read(noise)


@given(_JOB_INFO.map(payloads.write_job_info), st.integers(min_value=0), st.binary(max_size=8))
def test_a_damaged_document_is_read_or_a_protocol_error(document: bytes, place: int, damage: bytes) -> None:
    place %= len(document)
    with contextlib.suppress(FarmProtocolError):
        payloads.read_job_info(document[:place] + damage + document[place + len(damage) :])
