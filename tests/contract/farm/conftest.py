from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.farm.local_farm import LocalFarm, Scripts


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
