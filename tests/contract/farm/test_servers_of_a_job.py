"""Which servers may work on a job: the ones that it names, and what a person changes since. Fake and real processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import FarmUnreachableError
from flatiron_tasks.pipeline.farm_port import Farm, FarmJob
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.contract.farm.farms_under_test import FARMS_OF_OURS
from tests.contract.farm.local_farm import LocalFarm
from tests.waiting import wait_until


@pytest.fixture(params=FARMS_OF_OURS)
def farm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Farm]:
    """A farm with the servers node-1 and node-2."""
    if request.param == "fake":
        yield FakeFarm()
        return
    local = LocalFarm(tmp_path)
    try:
        local.start_manager()
        for name in ("node-1", "node-2"):
            local.start_server(name)
        yield local.farm
    finally:
        local.close()


def job(*servers: str) -> FarmJob:
    """A job whose two tasks do not end by themselves."""
    command = (sys.executable, "-c", "import time; time.sleep(600)", "{1}")
    return FarmJob("flatiron-probe.test.0", "who may work", command, (("1",), ("2",)), servers=servers)


def workers_on(farm: Farm, handle: str) -> set[str]:
    """Names of the servers that belong to the job."""
    progress = farm.progress(handle)
    assert progress is not None
    names = {server.handle: server.name for server in farm.servers()}
    return {names[server.handle] for server in progress.servers}


def handle_of(farm: Farm, name: str) -> str:
    return next(server.handle for server in farm.servers() if server.name == name)


def test_a_job_that_names_servers_is_for_them_alone(farm: Farm) -> None:
    handle = farm.submit(job("node-2"))
    assert workers_on(farm, handle) == {"node-2"}
    farm.delete(handle)


def test_a_server_that_is_taken_off_does_not_belong_to_the_job_until_it_is_added(farm: Farm) -> None:
    # [R19]
    handle = farm.submit(job())
    for _ in range(2):
        farm.take_server_off(handle, handle_of(farm, "node-1"))
        wait_until(lambda: workers_on(farm, handle) == {"node-2"}, what="node-1 is off")
    assert farm.add_server_again(handle, handle_of(farm, "node-1"))
    assert workers_on(farm, handle) == {"node-1", "node-2"}
    farm.delete(handle)


def test_a_server_that_a_job_does_not_name_can_join_it(farm: Farm) -> None:
    # [R17]
    handle = farm.submit(job("node-2"))
    for _ in range(2):
        assert farm.add_server_again(handle, handle_of(farm, "node-1"))
        assert workers_on(farm, handle) == {"node-1", "node-2"}
    farm.delete(handle)


def test_taking_a_server_off_a_job_that_is_not_there_is_false(farm: Farm) -> None:
    assert not farm.take_server_off("4294967295", handle_of(farm, "node-1"))


def test_a_fake_farm_that_is_away_takes_no_server_off() -> None:
    fake = FakeFarm()
    handle = fake.submit(job())
    fake.unreachable = True
    with pytest.raises(FarmUnreachableError):
        fake.take_server_off(handle, "0000000000000001")
