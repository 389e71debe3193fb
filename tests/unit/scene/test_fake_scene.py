"""The fake scene is strict, and plays what only a running 3ds Max does."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from flatiron_tasks.contracts.elements import KIND_OF_ELEMENT
from flatiron_tasks.contracts.errors import SceneError
from max_submitter.scene.facts import Assignment, UvTriangles
from max_submitter.testing.fake_locks import locked_files
from max_submitter.testing.fake_scene import FakeScene
from max_submitter.testing.fake_world import FakeWorld, content_of

DEMO = Path(__file__).resolve().parents[3] / "deploy/demo_scene/demo.glb"


@pytest.fixture
def shown(tmp_path: Path) -> tuple[FakeScene, Path]:
    """A castle whose keep shows a texture."""
    texture = tmp_path / "CompleteMap.png"
    texture.write_bytes(b"placeholder")
    scene = FakeScene.castle(tmp_path)
    scene.assign([Assignment(101, "Diffuse Color", texture, 1, shell=True)], "Bake")
    return scene, texture


def test_a_misspelt_name_is_an_error() -> None:
    with pytest.raises(AttributeError):
        FakeScene.castle().intractive = False  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        FakeScene.castle().fail("save_copi", SceneError("full"))


def test_it_fails_as_often_as_told(tmp_path: Path) -> None:
    scene = FakeScene.castle(tmp_path)
    scene.fail("save_scene", SceneError("The disk is full."), times=2)
    for _ in range(2):
        with pytest.raises(SceneError, match="full"):
            scene.save_scene()
    scene.save_scene()
    assert len(scene.called("save_scene")) == 3


def test_another_thread_is_an_error_and_no_call() -> None:
    scene = FakeScene.castle()
    outcome: list[str] = []

    def ask() -> None:
        try:
            scene.groups()
        except AssertionError as error:
            outcome.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert outcome == ["groups was called off the main thread"]
    assert scene.calls == []


def test_a_bitmap_shows_the_new_content_only_after_a_reload(shown: tuple[FakeScene, Path]) -> None:
    scene, texture = shown
    bitmap = scene.bitmap("Keep", "Diffuse Color")
    assert bitmap is not None
    before = content_of(texture)
    texture.write_bytes(b"finished")
    assert bitmap.content == before
    scene.reload(texture)
    assert (bitmap.content, bitmap.reads) == (content_of(texture), 2)


def test_a_file_held_open_cannot_be_replaced_until_it_is_released(shown: tuple[FakeScene, Path]) -> None:
    scene, texture = shown
    new = texture.with_name("new.png")
    new.write_bytes(b"finished")
    scene.holds_files = True
    with locked_files(scene.holds):
        with pytest.raises(PermissionError) as refused:
            new.replace(texture)
        assert refused.value.winerror == 32  # type: ignore[attr-defined, unused-ignore]
        with pytest.raises(PermissionError):
            texture.unlink()
        scene.release(texture)
        new.replace(texture)
    assert texture.read_bytes() == b"finished"
    assert os.replace.__name__ == "replace"


def test_another_scene_is_not_reached_by_what_belongs_to_the_first(shown: tuple[FakeScene, Path]) -> None:
    scene, texture = shown
    first = scene.world
    scene.open(FakeWorld())
    assert scene.bitmaps_showing(texture) == 0
    scene.open(first)
    assert scene.bitmaps_showing(texture) == 1


def test_what_a_listener_raises_is_kept_for_the_test() -> None:
    scene = FakeScene.castle()

    def fail(_: object) -> None:
        raise ZeroDivisionError

    scene.on_change(fail)
    scene.select(101)
    assert [type(error) for error in scene.callback_errors] == [ZeroDivisionError]


def test_the_castle_has_a_group_on_two_atlases_and_a_selection() -> None:
    scene = FakeScene.castle()
    (group,) = scene.groups()
    assert {item.name: item.map_index for item in group.objects} == {
        "Keep": 0,
        "Gate": 0,
        "East Tower": 1,
        "West Tower": 1,
    }
    assert [item.name for item in scene.selection().objects] == ["Wall", "Well"]
    assert {offer.name: offer.kind for offer in scene.renderer().elements} == KIND_OF_ELEMENT


def test_the_scene_of_a_file_has_its_objects_and_copies_it(tmp_path: Path) -> None:
    scene = FakeScene.of_file(DEMO)
    (group,) = scene.groups()
    assert [len([item for item in group.objects if item.map_index == index]) for index in (0, 1)] == [7, 7]
    for item in group.objects:
        corners = UvTriangles.joined(scene.uv_slices(item.handle, 1, 100_000)).corners
        assert corners
        assert 0 <= min(corners) <= max(corners) <= 1
    scene.save_copy(tmp_path / "scene.glb")
    assert (tmp_path / "scene.glb").read_bytes() == DEMO.read_bytes()
