"""The farm manager is killed in mid-job and started again: nothing fails, one farm job, and people are told meanwhile.
If its queue is lost as well, what is missing is submitted again.

Real manager, real server, real Redis; the sweep and the steps run in this process.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from flatiron_tasks.pipeline.farm_port import FarmJobState
from flatiron_tasks.pipeline.states import JobState, PassState
from flatiron_tasks.pipeline.store import connect
from tests.contract.farm.local_farm import LocalFarm
from tests.integration.pipeline.moving_clock import MovingClock
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import JOB_ID, SyntheticJob, make_job
from tests.waiting import wait_until

MANAGER = "farm.example:3234"


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[LocalFarm]:
    folder = tmp_path / "farm"
    folder.mkdir()
    farm = LocalFarm(folder, "--retry-interval-s", "3600", "--absent-after-s", "60")
    try:
        farm.start_manager()
        yield farm
    finally:
        farm.close()


@pytest.fixture
def client(redis_server_url: str) -> Iterator[redis.Redis]:
    client = connect(redis_server_url)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def job(tmp_path: Path) -> SyntheticJob:
    job = make_job(tmp_path)
    job.files.folder.node_program.write_text("pass")  # a node that does nothing: the test writes the pieces
    return job


class RealFarm(Workshop):
    """The workshop with a real farm in the place of the fake one."""

    def __init__(self, client: redis.Redis, job: SyntheticJob, farm: LocalFarm) -> None:
        super().__init__(client, MovingClock(), job.network_folder)
        settings = self.context.settings.model_copy(update={"node_python": sys.executable})
        self.real = farm.farm
        object.__setattr__(self.context, "farms", lambda _manager: self.real)
        object.__setattr__(self.context, "settings", settings)


def test_a_manager_that_is_killed_and_restarted_fails_nothing(
    client: redis.Redis, job: SyntheticJob, farm: LocalFarm
) -> None:
    workshop = RealFarm(client, job, farm)
    workshop.accept(job)
    workshop.work()
    (before,) = workshop.real.jobs().values()
    job.render(passes=[0])
    workshop.live(sweeps=1)

    farm.kill("manager")
    job.render(passes=[1])
    workshop.live(sweeps=4)
    status = workshop.desk.job(JOB_ID)
    assert status.state == JobState.RENDERING
    assert f"The farm manager {MANAGER} has not answered since " in status.sentence
    assert len(workshop.context.store.load(JOB_ID).passes_in(PassState.MERGED)) == 2

    farm.start_manager()
    workshop.sweep(seconds=60)
    assert workshop.real.jobs() == {before.name: before}
    assert "has not answered" not in workshop.desk.job(JOB_ID).sentence

    farm.start_server("node-1")
    wait_until(
        lambda: workshop.real.jobs()[before.name].state is FarmJobState.COMPLETE, what="the farm job is complete"
    )
    workshop.sweep(seconds=60)
    assert workshop.context.store.load(JOB_ID).state is JobState.RENDERING
    job.render()
    workshop.live()
    assert workshop.context.store.load(JOB_ID).state is JobState.DONE
    assert not workshop.real.jobs()


def test_a_manager_that_is_killed_and_loses_its_queue_gets_what_is_missing_again(
    client: redis.Redis, job: SyntheticJob, farm: LocalFarm
) -> None:
    workshop = RealFarm(client, job, farm)
    workshop.accept(job)
    workshop.work()
    job.render(passes=[0])
    workshop.live(sweeps=1)

    farm.kill("manager")
    shutil.rmtree(farm.folder / "state")
    workshop.live(sweeps=1)
    farm.start_manager()
    workshop.sweep(seconds=60)
    assert not workshop.real.jobs()
    workshop.sweep(seconds=60)
    workshop.sweep(seconds=60)
    workshop.work()
    assert list(workshop.real.jobs()) == [f"flatiron-{JOB_ID}.g2"]
    assert workshop.context.store.load(JOB_ID).state is JobState.RENDERING

    job.render()
    workshop.live()
    assert workshop.context.store.load(JOB_ID).state is JobState.DONE
    assert not workshop.real.jobs()
