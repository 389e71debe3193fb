"""What repairs and verdicts may rely on, whichever farm it is: one suite on the fake and on the local farm."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import FarmRefusedError
from flatiron_tasks.pipeline.farm_port import Farm, FarmJob, FarmJobState, ServerState
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.contract.farm.local_farm import LocalFarm
from tests.waiting import wait_until

UNKNOWN_HANDLE = "4294967295"


@dataclass
class FarmWithServer:
    """A farm with one server. `play` lets it work: the first task fails or succeeds, as the file `trouble` says."""

    farm: Farm
    play: Callable[[str], None]


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalFarm]:
    farm = LocalFarm(tmp_path_factory.mktemp("farm"), "--retry-interval-s", "3600")
    try:
        farm.start_manager()
        yield farm
    finally:
        farm.close()


@pytest.fixture(params=["fake", "local farm"])
def under_test(request: pytest.FixtureRequest, trouble: Path) -> Iterator[FarmWithServer]:
    if request.param == "fake":
        fake = FakeFarm(("node-1",))
        yield FarmWithServer(fake, lambda handle: _play_fake(fake, handle, trouble))
        return
    local: LocalFarm = request.getfixturevalue("local")
    local.start_server("node-1")
    yield FarmWithServer(local.farm, lambda handle: _play_local(local, handle, trouble))
    local.end("node-1")


@pytest.fixture
def trouble(tmp_path: Path) -> Path:
    """As long as this file exists, tasks fail."""
    path = tmp_path / "trouble"
    path.touch()
    return path


@pytest.fixture
def job(request: pytest.FixtureRequest, trouble: Path) -> FarmJob:
    code = f"import pathlib, sys; sys.exit(3 * pathlib.Path({str(trouble)!r}).exists())"
    return FarmJob(
        name=f"flatiron-{request.node.name.partition('[')[0][5:55].strip('_')}",
        description="a bake of nothing",
        command=(sys.executable, "-c", code, "{2}"),
        task_rows=(("first task", "1"),),
        timeout_minutes=5,
    )


def _play_fake(fake: FakeFarm, handle: str, trouble: Path) -> None:
    if trouble.exists():
        fake.fail(handle, 1, "node-1", "exit code 3")
    else:
        fake.finish(handle)


def _play_local(local: LocalFarm, handle: str, trouble: Path) -> None:
    def played() -> bool:
        progress = local.farm.progress(handle)
        assert progress is not None
        return any(server.failed for server in progress.servers) if trouble.exists() else progress.tasks_done == 1

    wait_until(played, what="the server has played its part")


def _state(farm: Farm, job: FarmJob) -> FarmJobState:
    return farm.jobs()[job.name].state


def test_a_failed_server_is_seen_in_one_look_and_said_in_the_messages(under_test: FarmWithServer, job: FarmJob) -> None:
    farm = under_test.farm
    handle = farm.submit(job)
    under_test.play(handle)
    progress = farm.progress(handle)
    assert progress is not None
    assert [(server.failed, server.active) for server in progress.servers] == [(True, False)]
    assert (progress.tasks_total, progress.tasks_done) == (1, 0)
    assert "exit code 3" in farm.messages(handle)[-1]
    assert _state(farm, job) is FarmJobState.WAITING
    farm.delete(handle)


def test_a_failed_server_that_is_added_again_finishes_the_job(
    under_test: FarmWithServer, job: FarmJob, trouble: Path
) -> None:
    farm = under_test.farm
    handle = farm.submit(job)
    under_test.play(handle)
    trouble.unlink()
    (server,) = (item for item in farm.servers() if item.name == "node-1")
    assert farm.add_server_again(handle, server.handle)
    under_test.play(handle)
    assert _state(farm, job) is FarmJobState.COMPLETE
    farm.delete(handle)


def test_servers_are_listed_by_name_with_handle_and_state(under_test: FarmWithServer) -> None:
    (server,) = (item for item in under_test.farm.servers() if item.name == "node-1")
    assert server.state is ServerState.IDLE
    assert len(server.handle) == 16


def test_a_suspended_job_is_listed_as_such_until_it_is_activated(under_test: FarmWithServer, job: FarmJob) -> None:
    farm = under_test.farm
    handle = farm.submit(job)
    under_test.play(handle)
    for _ in range(2):
        assert farm.suspend(handle)
        assert _state(farm, job) is FarmJobState.SUSPENDED
    for _ in range(2):
        assert farm.activate(handle)
        assert _state(farm, job) is not FarmJobState.SUSPENDED
    farm.delete(handle)


def test_a_priority_outside_the_scale_is_refused_and_one_inside_is_taken(
    under_test: FarmWithServer, job: FarmJob
) -> None:
    farm = under_test.farm
    handle = farm.submit(job)
    assert farm.set_priority(handle, 3)
    for wrong in (-1, 100):
        with pytest.raises(FarmRefusedError):
            farm.set_priority(handle, wrong)
    assert _state(farm, job) is not FarmJobState.SUSPENDED
    farm.delete(handle)


def test_orders_to_a_job_that_is_not_there_say_so(under_test: FarmWithServer) -> None:
    farm = under_test.farm
    server = farm.servers()[0].handle
    assert not farm.suspend(UNKNOWN_HANDLE)
    assert not farm.activate(UNKNOWN_HANDLE)
    assert not farm.set_priority(UNKNOWN_HANDLE, 5)
    assert not farm.add_server_again(UNKNOWN_HANDLE, server)
    assert farm.progress(UNKNOWN_HANDLE) is None
    assert farm.messages(UNKNOWN_HANDLE) == ()


def test_a_deleted_job_is_in_no_archive(under_test: FarmWithServer, job: FarmJob) -> None:
    farm = under_test.farm
    farm.delete(farm.submit(job))
    assert job.name not in farm.archived()


def test_everything_in_a_visit_is_answered_as_outside_of_it(under_test: FarmWithServer, job: FarmJob) -> None:
    farm = under_test.farm
    with farm.visit():
        handle = farm.submit(job)
        assert farm.jobs()[job.name].handle == handle
        assert farm.servers()
        farm.delete(handle)
    assert job.name not in farm.jobs()
