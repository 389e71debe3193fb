"""A MaxScene on the strict fake of pymxs."""

from __future__ import annotations

import pytest

from max_submitter.scene.max_scene import MaxScene
from max_submitter.testing.fake_runtime_artist import FakeArtistPymxs, FakeArtistRuntime


@pytest.fixture
def rt() -> FakeArtistRuntime:
    return FakeArtistRuntime()


@pytest.fixture
def scene(rt: FakeArtistRuntime) -> MaxScene:
    return MaxScene(FakeArtistPymxs(rt))
