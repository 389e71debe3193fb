"""What MaxScene reads of 3ds Max, seen on the fake of pymxs."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from flatiron_tasks.contracts.elements import KINDS
from flatiron_tasks.contracts.errors import SceneError
from max_submitter.scene.facts import FrameRange, MaxVersion
from max_submitter.scene.max_scene import MaxScene
from max_submitter.scene.renderers import EXPOSURES
from max_submitter.testing.fake_runtime_artist import FakeArtistRuntime

_TRIANGLE = (0, 0, 1, 0, 1, 1)


def test_version_time_line_and_batch_are_told(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    assert scene.version() == MaxVersion(2025, 27000)
    rt.animationRange.start, rt.animationRange.end, rt.currentTime = 5, 10, 7
    assert scene.frame_range() == FrameRange(5, 10, 7)
    assert scene.is_interactive()
    rt.is_batch = True
    assert not scene.is_interactive()


@pytest.mark.parametrize(
    ("written", "index"), [(None, 0), (0, 0), (2, 2), ("3", 3), (-1, 0), ("east", 0), (True, 0), (1.0, 1)]
)
def test_the_map_index_is_a_user_property(rt: FakeArtistRuntime, scene: MaxScene, written: object, index: int) -> None:
    node = rt.add_node("Tower")
    if written is not None:
        rt.setUserProp(node, "FlatironMapIndex", written)
    (facts,) = scene.objects([rt.getHandleByAnim(node)])
    assert facts.map_index == index


def test_vertex_colours_are_no_uv_channel_and_empty_channels_none(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    node = rt.add_node("Wall", uv={0: _TRIANGLE, 1: _TRIANGLE, 2: (), 5: _TRIANGLE})
    (facts,) = scene.objects([rt.getHandleByAnim(node)])
    assert facts.uv_channels == (1, 5)


def test_every_copy_of_a_mesh_is_freed(rt: FakeArtistRuntime, scene: MaxScene, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = rt.getHandleByAnim(rt.add_node("Wall", uv={1: _TRIANGLE}))
    scene.objects([handle])
    list(scene.uv_slices(handle, 1, 10))

    def fail(*_: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(rt.meshop, "getMapFace", fail)
    with pytest.raises(SceneError, match="coordinates could not be read"):
        list(scene.uv_slices(handle, 1, 10))
    assert len(rt.meshes) == 3
    assert all(mesh.is_deleted for mesh in rt.meshes)


def test_a_mesh_is_copied_once_until_its_mapping_changes(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    node = rt.add_node("Wall", uv={1: _TRIANGLE})
    handle = rt.getHandleByAnim(node)
    for _ in range(3):
        assert scene.objects([handle])[0].uv_channels == (1,)
    assert len(rt.meshes) == 1
    gc.collect()  # whoever does not hold the registration loses it here
    node.put(uv={1: _TRIANGLE, 3: _TRIANGLE})
    rt.NodeEventCallback.send("mappingChanged")
    assert scene.objects([handle])[0].uv_channels == (1, 3)


def test_nothing_is_remembered_where_3ds_max_does_not_tell_of_changes(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    del rt.NodeEventCallback
    node = rt.add_node("Wall", uv={1: _TRIANGLE})
    handle = rt.getHandleByAnim(node)
    assert scene.objects([handle])[0].uv_channels == (1,)
    node.put(uv={})
    assert scene.objects([handle])[0].uv_channels == ()


def test_lights_and_targets_are_not_baked(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    wall, lamp, target = (rt.add_node(name) for name in ("Wall", "Lamp", "Target"))
    lamp.put(super_class=rt.Light)
    target.put(max_class=rt.TargetObject)
    rt.select([target, wall, lamp])
    assert [item.name for item in scene.selection().objects] == ["Wall"]


@pytest.mark.parametrize(
    ("renderer", "can_bake"),
    [
        ("Default_Scanline_Renderer", True),
        ("V_Ray_6__update_2", True),
        ("V_Ray_GPU_6__update_2", True),
        ("ART_Renderer", True),
        ("CoronaRenderer", False),
        ("Arnold", False),
        ("Quicksilver_Hardware_Renderer", False),
    ],
)
def test_a_renderer_bakes_or_is_refused_by_name(
    rt: FakeArtistRuntime, scene: MaxScene, renderer: str, can_bake: bool
) -> None:
    rt.renderers.current = getattr(rt, renderer)()
    facts = scene.renderer()
    assert (facts.name, facts.can_bake, bool(facts.elements)) == (renderer, can_bake, can_bake)
    assert can_bake or renderer in facts.reason
    assert {offer.kind for offer in facts.elements} <= set(KINDS)


def test_v_ray_offers_its_own_elements_and_others_the_stock_ones(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    scanline = {offer.name: offer.kind for offer in scene.renderer().elements}
    assert {"CompleteMap": "color", "NormalsMap": "normal", "HeightMap": "data"}.items() <= scanline.items()
    rt.renderers.current = rt.V_Ray_6__update_2()
    assert [offer.name for offer in scene.renderer().elements] == ["VRayCompleteMap", "VRayNormalsMap"]


def test_ambient_occlusion_is_offered_but_by_the_scanline_renderer(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    assert "AmbientOcclusion" not in [offer.name for offer in scene.renderer().elements]
    rt.renderers.current = rt.ART_Renderer()
    assert "AmbientOcclusion" in [offer.name for offer in scene.renderer().elements]


@pytest.mark.parametrize(
    ("control", "exposure"),
    [
        (None, "none"),
        ("Linear_Exposure_Control", "linear"),
        ("Automatic_Exposure_Control", "automatic"),
        ("Logarithmic_Exposure_Control", "logarithmic"),
        ("Physical_Camera_Exposure_Control", "other"),
    ],
)
def test_exposure_control_is_told_and_removed_undoably(
    rt: FakeArtistRuntime, scene: MaxScene, control: str | None, exposure: str
) -> None:
    before = control and getattr(rt, control)()
    rt.SceneExposureControl.exposureControl = before
    assert scene.renderer().exposure == exposure
    scene.remove_exposure_control()
    assert scene.renderer().exposure == "none"
    rt.log.undo()
    assert rt.SceneExposureControl.exposureControl is before


def test_every_exposure_that_measures_anew_is_in_the_table() -> None:
    assert {exposure for _, exposure in EXPOSURES} >= {"linear", "automatic"}


def test_files_of_the_scene_are_told_once_and_no_disk_is_asked(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    rt.files_used = ["D:/there.png", "Z:/gone.hdr", "Z:/gone.hdr"]
    assert scene.used_files() == ("D:/there.png", "Z:/gone.hdr")
    assert rt.tape.names() == ["ATSOps.Refresh"]
