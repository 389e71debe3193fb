from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.farm.a_manager import AManager
from workers.farm.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "queue.sqlite")
    yield store
    store.close()


@pytest.fixture
def manager(store: Store) -> AManager:
    return AManager(store)
