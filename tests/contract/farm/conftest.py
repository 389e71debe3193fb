from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flatiron_tasks.pipeline.farm_port import Farm
from tests.contract.farm import farms_under_test
from tests.contract.farm.farms_under_test import ALL_FARMS, FARMS_OF_OURS, FarmUnderTest
from tests.contract.farm.local_farm import LocalFarm, Scripts


@pytest.fixture(scope="module")
def shared_farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalFarm]:
    """A manager that the tests of one module share; no server yet."""
    farm = LocalFarm(tmp_path_factory.mktemp("farm"))
    try:
        farm.start_manager()
        yield farm
    finally:
        farm.close()


@pytest.fixture(params=FARMS_OF_OURS)
def under_test(request: pytest.FixtureRequest) -> FarmUnderTest:
    """A farm that a test may change."""
    if request.param == "fake":
        return farms_under_test.fake_farm()
    return farms_under_test.farm_of_processes(request.getfixturevalue("shared_farm"))


@pytest.fixture(params=ALL_FARMS)
def any_farm(request: pytest.FixtureRequest) -> Farm:
    """A farm that a test may only ask; somebody may work with it at the same time."""
    if request.param == "real manager":
        return farms_under_test.real_farm()
    if request.param == "fake":
        return farms_under_test.fake_farm().farm
    local: LocalFarm = request.getfixturevalue("shared_farm")
    return local.farm


@pytest.fixture
def local_farm(tmp_path: Path) -> Iterator[LocalFarm]:
    """A manager that gives up lost servers soon and failed ones for good; no server yet."""
    yield from _farm(tmp_path, "--absent-after-s", "0.5")


@pytest.fixture
def patient_farm(tmp_path: Path) -> Iterator[LocalFarm]:
    """The same, but it waits for lost servers."""
    yield from _farm(tmp_path, "--absent-after-s", "60")


def _farm(tmp_path: Path, *options: str) -> Iterator[LocalFarm]:
    folder = tmp_path / "farm"
    folder.mkdir()
    farm = LocalFarm(folder, "--retry-interval-s", "3600", *options)
    try:
        farm.start_manager()
        yield farm
    finally:
        farm.close()


@pytest.fixture
def scripts(tmp_path: Path) -> Scripts:
    folder = tmp_path / "tasks with spaces ä"
    folder.mkdir()
    return Scripts(folder)
