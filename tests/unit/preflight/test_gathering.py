"""Gathering: small steps, facts for the quick checks early, everything at the end, each object asked once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import SceneError
from max_submitter.preflight import gathering
from max_submitter.preflight.gathering import Gathering
from max_submitter.preflight.inputs import PreflightInput
from max_submitter.preflight.run import run_quick, run_slow
from max_submitter.testing.fake_scene import FakeScene
from tests.unit.preflight.scenes import CONFIGURATION, SETTINGS, Bench, World


def gathered(scene: FakeScene, groups: tuple[str, ...] = (), channel: int = 1) -> Gathering:
    look = Gathering(scene, groups, channel)
    finish(look)
    return look


def finish(look: Gathering) -> None:
    while look.step():
        pass


def test_each_step_asks_the_scene_at_most_twice(tmp_path: Path) -> None:
    scene = FakeScene.castle(tmp_path)
    look = Gathering(scene, ("castle",), 1)
    before, more = len(scene.calls), True
    while more:
        more = look.step()
        assert len(scene.calls) - before <= 2
        before = len(scene.calls)


def test_facts_without_uvs_come_first_and_are_enough_for_the_quick_checks(tmp_path: Path) -> None:
    look = Gathering(FakeScene.castle(tmp_path), ("castle",), 1)
    while look.facts is None:
        assert look.step()
    facts = look.facts
    assert not facts.has_uvs
    run_quick(PreflightInput(SETTINGS, CONFIGURATION, facts), Bench())
    finish(look)
    assert look.facts.has_uvs
    assert {item.handle for group in facts.groups for item in group.objects} == look.facts.uvs.keys()


def test_groups_that_are_gone_are_named(tmp_path: Path) -> None:
    facts = gathered(FakeScene.castle(tmp_path), ("castle", "dungeon", "castle")).facts
    assert facts is not None
    assert ([group.name for group in facts.groups], facts.missing_groups) == (["castle"], ("dungeon",))


def test_without_groups_the_selection_is_looked_at(tmp_path: Path) -> None:
    scene = FakeScene.castle(tmp_path)
    facts = gathered(scene).facts
    assert facts is not None
    assert facts.groups == (scene.selection(),)


def test_facts_say_for_which_settings_they_hold(tmp_path: Path) -> None:
    facts = gathered(FakeScene.castle(tmp_path), ("castle",), 3).facts
    assert facts is not None
    assert facts.answers(SETTINGS)
    assert not facts.answers(replace(SETTINGS, groups=()))
    assert not gathered(FakeScene.castle(tmp_path), ("castle",), 1).facts.answers(SETTINGS)  # type: ignore[union-attr]


def test_too_many_triangles_are_left_out_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_TRIANGLES", 1)
    facts = gathered(FakeScene.castle(tmp_path), ("castle",), 1).facts
    assert facts is not None
    assert sum(len(item.corners) // 6 for item in facts.uvs.values()) == 1
    given = PreflightInput(SETTINGS, CONFIGURATION, facts)
    assert "uv-unchecked" in {finding.check for finding in run_slow(given, Bench(), World(), lambda: False)}


def test_another_selection_asks_for_objects_and_neither_renderer_nor_files(tmp_path: Path) -> None:
    scene = FakeScene.castle(tmp_path)
    known = gathered(scene).facts
    before = len(scene.calls)
    scene.select(101)
    look = Gathering(scene, (), 1, known=known)
    finish(look)
    asked = {call.name for call in list(scene.calls)[before:]}
    assert asked.isdisjoint({"renderer", "used_files", "groups"})
    assert look.facts is not None
    assert known is not None
    assert (look.facts.renderer, look.facts.used_files) == (known.renderer, known.used_files)
    assert [item.handle for item in look.facts.groups[0].objects] == [101]


def test_an_error_of_the_scene_ends_the_look(tmp_path: Path) -> None:
    scene = FakeScene.castle(tmp_path)
    look = Gathering(scene, ("castle",), 1)
    scene.fail("renderer", SceneError("3ds Max said no."))
    with pytest.raises(SceneError, match="said no"):
        finish(look)
    assert not look.step()
