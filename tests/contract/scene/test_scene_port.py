"""The scene port keeps its contract: the fake scene, and MaxScene on the strict fake of pymxs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from max_submitter.scene.max_scene import MaxScene
from max_submitter.testing.fake_builder import FakeBuilder
from max_submitter.testing.fake_runtime_artist import FakeArtistPymxs, FakeArtistRuntime
from max_submitter.testing.fake_scene import FakeScene
from max_submitter.testing.max_builder import MaxBuilder
from max_submitter.testing.scene_contract import CHECKS, run_checks
from max_submitter.testing.scene_under_test import ContractCheck, SceneUnderTest


def fake_scene(folder: Path) -> SceneUnderTest:
    scene = FakeScene()
    return SceneUnderTest(scene, FakeBuilder(scene), folder)


def max_scene(folder: Path) -> SceneUnderTest:
    runtime = FakeArtistRuntime()
    return SceneUnderTest(MaxScene(FakeArtistPymxs(runtime)), MaxBuilder(runtime), folder)


@pytest.mark.parametrize("make", [fake_scene, max_scene])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_the_scene_port_keeps_its_contract(
    make: Callable[[Path], SceneUnderTest], check: ContractCheck, tmp_path: Path
) -> None:
    check.run(make(tmp_path))


def test_every_check_has_a_name_of_its_own() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS) > 30


def test_all_checks_hold_one_after_the_other_in_one_session(tmp_path: Path) -> None:
    """As inside 3ds Max, where there is one port for all of them."""
    scene = max_scene(tmp_path)
    outcomes = run_checks(scene.port, scene.builder, tmp_path)
    assert [outcome for outcome in outcomes if outcome.sentence] == []
    assert len(outcomes) == len(CHECKS)


def test_a_run_goes_on_after_a_check_that_fails_or_raises(tmp_path: Path) -> None:
    def fails(_: SceneUnderTest) -> None:
        raise AssertionError("It does not hold.")

    def raises(_: SceneUnderTest) -> None:
        raise KeyError("surprise")

    scene = fake_scene(tmp_path)
    checks = (ContractCheck("fails", fails), ContractCheck("raises", raises), CHECKS[0])
    failed, raised, passed = run_checks(scene.port, scene.builder, tmp_path, checks)
    assert failed.sentence == "It does not hold."
    assert "KeyError: 'surprise'" in raised.sentence
    assert passed.sentence == ""
