from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.backburner import datagrams
from flatiron_tasks.backburner.datagrams import Control, Event, Notification

_SERVER = "E839DFB5FEEB0000"
_HEAD = bytes(range(0x20, 0x20 + 19))  # what stands in bytes 0 to 18 is not known


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        (b"\x0b717170087\0", Notification(Event.LAST_TASK_DONE, ("717170087",))),
        (b"\x0c717170087 E839DFB5FEEB0000\0", Notification(Event.SERVER_FINISHED_JOB, ("717170087", _SERVER))),
        (b"\x0c717170087\0E839DFB5FEEB0000\0", Notification(Event.SERVER_FINISHED_JOB, ("717170087", _SERVER))),
        (b"\x0e4000000001 3\0", Notification(Event.JOB_STATE, ("4000000001", "3"))),
        (b"\x1612345678 17 2345\0junk", Notification(Event.TASK_COMPLETE, ("12345678", "17", "2345"))),
        (b"\x18E839DFB5FEEB0000", Notification(Event.SERVER_OFF, ("E839DFB5FEEB0000",))),
        (b"\x00", Notification(Event.MANAGER_DOWN)),
        (b"\x00anything", Notification(Event.MANAGER_DOWN)),
        (b"\x0b", Notification(Event.LAST_TASK_DONE)),
    ],
)
def test_an_event_is_read_from_byte_19_on(tail: bytes, expected: Notification) -> None:
    # [N2] [A15]
    assert datagrams.read(_HEAD + tail) == expected


@pytest.mark.parametrize("kind", Control)
def test_a_message_about_control_names_a_station_and_no_job(kind: Control) -> None:
    # [N4]
    message = datagrams.read(bytes([kind]) + _HEAD[:15] + b"desk-4\0junk")

    assert message == Notification(kind, ("desk-4",))
    assert message.job is None


@given(st.sampled_from(Event), st.integers(10_000_000, 2**32 - 1), st.integers(0, 9999))
def test_what_our_manager_writes_is_what_a_client_reads(kind: Event, job: int, number: int) -> None:
    fields = (str(job), str(number), "12")
    read = datagrams.read(datagrams.write(Notification(kind, fields)))

    assert read is not None
    assert read.kind is kind
    assert read.fields == fields[: len(read.fields)]
    assert read.job in {str(job), None}


@given(st.binary(max_size=600))
def test_noise_is_never_an_error(noise: bytes) -> None:
    # [N5]
    notification = datagrams.read(noise)

    assert notification is None or all(len(field) <= 600 for field in notification.fields)


@pytest.mark.parametrize("datagram", [b"", b"\x0b", bytes(19), _HEAD + b"\x02", _HEAD + b"\xff4000000001\0"])
def test_what_nobody_can_read_says_nothing(datagram: bytes) -> None:
    # [N5]
    assert datagrams.read(datagram) is None


def test_only_what_may_move_a_job_wakes_anybody() -> None:
    # [N3]
    assert {f"{kind:02x}" for kind in datagrams.PROGRESS} == {"08", "0b", "0c", "0e", "15", "16"}
    assert Notification(Event.SERVER_ON, ("4000000001",)).job is None
    assert Notification(Event.TASK_ERROR, ("4000000001",)).job == "4000000001"
