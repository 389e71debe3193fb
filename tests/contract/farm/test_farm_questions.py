"""What may be asked of any farm, a real Manager included, without changing it. See farms_under_test.py."""

from __future__ import annotations

import re

import pytest

from flatiron_tasks.backburner.client import ManagerClient
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.pipeline.farm_port import Farm, FarmJobState, ServerState
from tests.contract.farm import farms_under_test
from tests.contract.farm.farms_under_test import MANAGERS
from tests.contract.farm.local_farm import LocalFarm

_UNKNOWN_HANDLE = "4294967295"


@pytest.fixture(params=MANAGERS)
def manager(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=Mode)
def client(request: pytest.FixtureRequest, manager: str) -> ManagerClient:
    if manager == "real manager":
        return farms_under_test.real_client(request.param)
    local: LocalFarm = request.getfixturevalue("shared_farm")
    return ManagerClient("127.0.0.1", local.port, mode=request.param)


def test_every_listed_job_has_a_name_a_handle_and_a_state(any_farm: Farm) -> None:
    # [R4] [W13] [A9]
    for name, view in any_farm.jobs().items():
        assert view.name == name
        assert 0 < int(view.handle) < 2**32
        assert isinstance(view.state, FarmJobState)


def test_every_listed_server_has_a_name_a_handle_and_a_state(any_farm: Farm) -> None:
    # [R2] [W13] [A9]
    for server in any_farm.servers():
        assert server.name
        assert re.fullmatch(r"[0-9A-F]{16}", server.handle)
        assert isinstance(server.state, ServerState)


def test_a_job_that_is_not_there_has_nothing_to_tell(any_farm: Farm) -> None:
    # [F3] [A7]
    with any_farm.visit():
        assert any_farm.detail(_UNKNOWN_HANDLE) is None
        assert any_farm.progress(_UNKNOWN_HANDLE) is None
        assert any_farm.messages(_UNKNOWN_HANDLE) == ()


def test_every_listed_job_can_be_looked_at_or_has_gone_meanwhile(any_farm: Farm) -> None:
    # [R6] [R8]
    with any_farm.visit():
        for view in list(any_farm.jobs().values())[:5]:
            detail = any_farm.detail(view.handle)
            assert detail is None or (detail.name == view.name and 0 <= detail.tasks_done <= detail.tasks_total)


def test_the_archive_is_a_set_of_names(any_farm: Farm) -> None:
    # [R9]
    assert all(isinstance(name, str) for name in any_farm.archived())


def test_every_question_has_an_answer_in_both_modes_over_one_connection(client: ManagerClient) -> None:
    # [W2] [W4] [W5] [R1] [R2] [R3] [R4] [R9] [R10] [R11]
    with client:
        assert client.manager_info().jobs >= 0
        assert client.job_state(_UNKNOWN_HANDLE) is None
        for server in client.servers()[:3]:
            info = client.server(server.handle)
            assert info is None or info.identity.name == server.name
        for answer in (client.jobs(), client.archive(), client.clients(), client.plugins()):
            assert isinstance(answer, tuple)
