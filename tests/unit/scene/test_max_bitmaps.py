"""MaxScene relinks, reloads and lets go of bitmaps of every class, seen on the fake of pymxs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import SceneError
from max_submitter.scene.max_scene import MaxScene
from max_submitter.testing.fake_runtime_artist import FakeArtistRuntime
from max_submitter.testing.fake_runtime_materials import FakeMaxBitmap
from max_submitter.testing.fake_world import content_of


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.png"
    path.write_bytes(b"old")
    return path


@pytest.fixture
def shown(rt: FakeArtistRuntime, old: Path) -> tuple[FakeMaxBitmap, FakeMaxBitmap]:
    """A stock bitmap and one of V-Ray, both showing `old`."""
    stock, v_ray = rt.BitmapTexture(filename=str(old)), rt.VRayBitmap(HDRIMapName=str(old))
    rt.add_node("Wall", material=rt.StandardMaterial(diffuseMap=stock, bumpMap=v_ray))
    return stock, v_ray


def test_bitmaps_of_other_renderers_are_relinked_where_they_keep_their_path(
    scene: MaxScene, shown: tuple[FakeMaxBitmap, FakeMaxBitmap], old: Path
) -> None:
    new = old.with_name("new.png")
    new.write_bytes(b"new")
    assert scene.relink(old, new) == 2
    assert (shown[0].filename, shown[1].HDRIMapName) == (str(new), str(new))
    assert [bitmap.content for bitmap in shown] == [content_of(new)] * 2


def test_a_file_without_content_is_never_shown(
    scene: MaxScene, shown: tuple[FakeMaxBitmap, FakeMaxBitmap], old: Path
) -> None:
    empty = old.with_name("empty.png")
    empty.touch()
    with pytest.raises(SceneError, match="empty"):
        scene.relink(old, empty)
    assert shown[0].filename == str(old)


def test_a_bitmap_that_ignores_the_new_path_is_an_error(
    rt: FakeArtistRuntime, scene: MaxScene, shown: tuple[object, object], old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = old.with_name("new.png")
    new.write_bytes(b"new")
    monkeypatch.setattr(rt, "setProperty", lambda *_: None)
    with pytest.raises(SceneError, match="does not take the path"):
        scene.relink(old, new)


def test_reloading_reads_the_file_of_every_class_anew(
    scene: MaxScene, shown: tuple[FakeMaxBitmap, FakeMaxBitmap], old: Path
) -> None:
    shutil.copy(old, old.with_name("before.png"))
    old.write_bytes(b"finished")
    assert scene.reload(old) == 2
    assert [bitmap.content for bitmap in shown] == [content_of(old)] * 2


def test_viewports_are_drawn_again_only_when_something_changed(
    rt: FakeArtistRuntime, scene: MaxScene, shown: tuple[object, object], old: Path
) -> None:
    scene.reload(old.with_name("unknown.png"))
    assert rt.tape.named("redrawViews") == []
    scene.reload(old)
    assert len(rt.tape.named("redrawViews")) == 1


def test_only_a_file_that_is_shown_is_worth_freeing_all(
    rt: FakeArtistRuntime, scene: MaxScene, shown: tuple[FakeMaxBitmap, FakeMaxBitmap], old: Path
) -> None:
    scene.release(old.with_name("unknown.png"))
    assert rt.tape.named("freeSceneBitmaps") == []
    scene.release(old)
    assert len(rt.tape.named("freeSceneBitmaps")) == 1
    assert not shown[0].is_loaded


def test_a_class_that_no_plug_in_brings_is_passed_over(
    rt: FakeArtistRuntime, scene: MaxScene, old: Path, shown: tuple[object, object]
) -> None:
    assert not hasattr(rt, "CoronaBitmap")
    del rt.VRayBitmap
    assert scene.bitmaps_showing(old) == 1
