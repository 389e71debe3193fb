"""The farms that one suite runs on: in memory, our own over TCP, and, when it is named, a real Manager.

`FLATIRON_TEST_MANAGER=HOST[:PORT] pytest tests/contract/farm` adds a real one to the tests that only ask questions.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from flatiron_tasks.backburner.client import ManagerClient
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.backburner.farm import BackburnerFarm
from flatiron_tasks.pipeline.farm_port import Farm, FarmJobState
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.contract.farm.local_farm import LocalFarm
from tests.waiting import wait_until
from workers.cli import bake_options

REAL_MANAGER = os.environ.get("FLATIRON_TEST_MANAGER", "")
FARMS_OF_OURS = ("fake", "local farm")
ALL_FARMS = (*FARMS_OF_OURS, "real manager") if REAL_MANAGER else FARMS_OF_OURS
MANAGERS = ("local farm", "real manager") if REAL_MANAGER else ("local farm",)


@dataclass
class FarmUnderTest:
    """A farm, and how to make it do all the tasks of a job."""

    farm: Farm
    work_off: Callable[[str], None]


def fake_farm() -> FarmUnderTest:
    """A farm in memory."""
    fake = FakeFarm()
    return FarmUnderTest(fake, fake.finish)


def farm_of_processes(local: LocalFarm) -> FarmUnderTest:
    """A farm of real processes; a server works on it only during `work_off`."""

    def work_off(handle: str) -> None:
        local.start_server("node-1")
        wait_until(lambda: state_of(local.farm, handle) is FarmJobState.COMPLETE, what="the job is complete")
        local.end("node-1")

    return FarmUnderTest(local.farm, work_off)


def real_farm() -> Farm:
    """The farm that the environment names."""
    return BackburnerFarm(*_real_address())


def real_client(mode: Mode) -> ManagerClient:
    """A client of the manager that the environment names."""
    return ManagerClient(*_real_address(), mode=mode)


def state_of(farm: Farm, handle: str) -> FarmJobState | None:
    """What the farm says about one job; None if it does not know it."""
    detail = farm.detail(handle)
    return None if detail is None else detail.state


def _real_address() -> tuple[str, int]:
    return bake_options.manager(REAL_MANAGER, 3234)
