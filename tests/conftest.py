"""Services that tests share: one real Redis for the whole run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from workers.embedded.processes import ProcessGroup
from workers.embedded.redis_server import start_redis

# A deadline would be a timing assertion: a loaded machine, or the first call of a compiled loop, is no failure.
hypothesis.settings.register_profile("flatiron", deadline=None)
hypothesis.settings.load_profile("flatiron")


@pytest.fixture(scope="session")
def redis_server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A private Redis; tests flush the database they use."""
    folder: Path = tmp_path_factory.mktemp("redis")
    with ProcessGroup(folder / "logs") as processes:
        yield start_redis(processes, folder / "data")
