"""A manager that insists on queue control and one that notifies: our client and the local farm, over TCP and UDP."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from flatiron_tasks.backburner.datagrams import PROGRESS, Event, Notification
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.backburner.notifications import NotificationListener
from flatiron_tasks.backburner.session import Address, Session
from flatiron_tasks.pipeline.farm_port import FarmJobState
from tests.contract.farm.farms_under_test import state_of
from tests.contract.farm.local_farm import LocalFarm, Scripts


@pytest.fixture
def strict_farm(tmp_path: Path) -> Iterator[LocalFarm]:
    folder = tmp_path / "strict"
    folder.mkdir()
    farm = LocalFarm(folder, "--control", "strict")
    try:
        farm.start_manager()
        yield farm
    finally:
        farm.close()


def _address(farm: LocalFarm, mode: Mode = Mode.CONSOLE) -> Address:
    return Address("127.0.0.1", farm.port, mode)


def _take_control(session: Session) -> str:
    reply = session.request("new", "controller", "Yes")
    return f"{reply.code} {reply.text}"


def test_a_change_takes_control_and_gives_it_back(strict_farm: LocalFarm, scripts: Scripts) -> None:
    # [Q1] [Q2] [Q5] [W3] [R18] [A14]
    handle = strict_farm.farm.submit(scripts.job("controlled", "pass", ("one",)))

    assert strict_farm.farm.suspend(handle)
    assert state_of(strict_farm.farm, handle) is FarmJobState.SUSPENDED
    with Session(_address(strict_farm)) as person:
        assert _take_control(person) == "201 OK"
        assert person.in_control


def test_a_change_waits_for_a_person_who_holds_control_and_leaves(strict_farm: LocalFarm, scripts: Scripts) -> None:
    # [Q3]
    handle = strict_farm.farm.submit(scripts.job("patient", "pass", ("one",)))
    taken: list[bool] = []
    with Session(_address(strict_farm)) as person:
        assert _take_control(person) == "201 OK"
        change = threading.Thread(target=lambda: taken.append(strict_farm.farm.suspend(handle)))
        change.start()
    change.join(30)

    assert taken == [True]


def test_the_last_task_of_a_job_wakes_a_registered_listener(local_farm: LocalFarm, scripts: Scripts) -> None:
    # [N1] [N2] [N3] [A15]
    heard: queue.Queue[Notification] = queue.Queue()
    local_farm.start_server("node-1")
    with NotificationListener(_address(local_farm), heard.put) as listener:
        assert listener.await_registration(30)
        handle = local_farm.farm.submit(scripts.job("awaited", "pass", ("one",), ("two",)))
        events = []
        while Event.LAST_TASK_DONE not in events:
            notification = heard.get(timeout=30)
            if notification.job == handle and notification.kind in PROGRESS:
                events.append(notification.kind)

    assert events.count(Event.TASK_COMPLETE) == 2
    assert state_of(local_farm.farm, handle) is FarmJobState.COMPLETE
