"""The bundle for 3ds Max, built once; pip gets the vendored wheels once and they stay in pytest's cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.package.deployed import build_package


@pytest.fixture(scope="session")
def wheels(pytestconfig: pytest.Config) -> Path:
    assert pytestconfig.cache is not None
    return pytestconfig.cache.mkdir("flatiron-wheels")


@pytest.fixture(scope="session")
def bundle(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `FlatironNetworkRendering`; its zip lies beside it."""
    folder, _ = build_package().build(tmp_path_factory.mktemp("package"), wheels)
    assert isinstance(folder, Path)
    return folder
