"""One studio for the drills of a file, which leave it whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.drills.studio import Studio


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with Studio(tmp_path_factory.mktemp("studio")) as studio:
        yield studio
