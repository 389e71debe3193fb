"""MaxScene shows textures with the calls and the precautions of the stock macro, seen on the fake of pymxs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from max_submitter.scene.facts import Assignment
from max_submitter.scene.max_scene import MaxScene
from max_submitter.testing.fake_runtime_artist import FakeArtistRuntime
from max_submitter.testing.fake_runtime_nodes import FakeArtistNode


@pytest.fixture
def texture(tmp_path: Path) -> Path:
    path = tmp_path / "CompleteMap.png"
    path.write_bytes(b"placeholder")
    return path


def shell(rt: FakeArtistRuntime, node: FakeArtistNode, path: Path, slot: str = "Diffuse Color") -> Assignment:
    return Assignment(rt.getHandleByAnim(node), slot, path, 3, shell=True)


def plain(rt: FakeArtistRuntime, node: FakeArtistNode, path: Path, slot: str = "Diffuse Color") -> Assignment:
    return Assignment(rt.getHandleByAnim(node), slot, path, 3, shell=False)


def test_a_shell_renders_the_original_and_shows_the_baked_side(
    rt: FakeArtistRuntime, scene: MaxScene, texture: Path
) -> None:
    original = rt.StandardMaterial(name="Plaster")
    node = rt.add_node("Wall", material=original)
    assert scene.assign([shell(rt, node, texture)], "Bake") == ()
    made = node.material
    assert (rt.classOf(made), made.name) == (rt.Shell_Material, "Plaster")
    assert (made.renderMtlIndex, made.viewportMtlIndex) == (0, 1)
    assert made.originalMaterial is original
    assert original.diffuseMap is None
    assert made.bakedMaterial.diffuseMap.filename == str(texture)


def test_instances_that_are_not_baked_keep_their_material(
    rt: FakeArtistRuntime, scene: MaxScene, texture: Path
) -> None:
    shared, own = rt.StandardMaterial(), rt.StandardMaterial()
    base = object()
    rt.instanceMgr.autoMtlPropagation = False
    baked, instance = (rt.add_node(name, material=item, base=base) for name, item in (("A", shared), ("B", own)))
    rt.instanceMgr.autoMtlPropagation = True
    scene.assign([shell(rt, baked, texture)], "Bake")
    assert instance.material is own
    assert rt.instanceMgr.autoMtlPropagation is True


@pytest.mark.parametrize("before", [True, False])
def test_propagation_is_restored_when_an_assignment_raises(
    rt: FakeArtistRuntime, scene: MaxScene, texture: Path, before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = rt.add_node("Wall", material=rt.StandardMaterial())
    rt.instanceMgr.autoMtlPropagation = before

    def refuse(*_: Any) -> None:
        assert rt.instanceMgr.autoMtlPropagation is False
        raise RuntimeError("MAXScript exception raised.")

    monkeypatch.setattr(rt, "setSubTexmap", refuse)
    (told,) = scene.assign([shell(rt, node, texture)], "Bake")
    assert "Wall" in told
    assert "MAXScript exception raised" in told
    assert rt.instanceMgr.autoMtlPropagation is before


def test_one_assignment_that_raises_leaves_the_others_to_be_made(
    rt: FakeArtistRuntime, scene: MaxScene, texture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, good = (rt.add_node(name, material=rt.StandardMaterial()) for name in ("Broken", "Good"))
    real = rt.setSubTexmap

    def refuse_one(material: Any, number: int, texture: Any) -> None:
        if material is broken.material:
            raise RuntimeError("no")
        real(material, number, texture)

    monkeypatch.setattr(rt, "setSubTexmap", refuse_one)
    told = scene.assign([plain(rt, broken, texture), plain(rt, good, texture)], "Bake")
    assert len(told) == 1
    assert good.material.diffuseMap.filename == str(texture)


def test_many_assignments_are_one_step_with_its_label(rt: FakeArtistRuntime, scene: MaxScene, texture: Path) -> None:
    nodes = [rt.add_node(name, material=rt.StandardMaterial()) for name in "ABC"]
    scene.assign([shell(rt, node, texture) for node in nodes], "Flatiron: placeholders")
    assert [label for label, _ in rt.log.steps] == ["Flatiron: placeholders"]
    rt.log.undo()
    assert all(rt.classOf(node.material) is rt.StandardMaterial for node in nodes)


def test_no_assignment_makes_no_step(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    assert scene.assign([], "Bake") == ()
    assert rt.log.steps == []
    assert rt.tape.calls == []


def test_a_slot_is_switched_on_in_every_kind_of_material(rt: FakeArtistRuntime, scene: MaxScene, texture: Path) -> None:
    standard = rt.add_node("A", material=rt.StandardMaterial())
    physical = rt.add_node("B", material=rt.PhysicalMaterial())
    scene.assign([plain(rt, standard, texture), plain(rt, physical, texture, "base color")], "Bake")
    assert standard.material.mapEnables.items == [False, True, False, False, False, False]
    switches = {name: getattr(physical.material, f"{name}_on") for name in ("base_color_map", "roughness_map")}
    assert switches == {"base_color_map": True, "roughness_map": False}
    assert [shown.filename for _, shown in rt.shown] == [str(texture)] * 2


def test_a_multi_material_shows_the_texture_in_every_part_that_has_the_slot(
    rt: FakeArtistRuntime, scene: MaxScene, texture: Path
) -> None:
    parts = [rt.StandardMaterial(), rt.PhysicalMaterial(), None]
    node = rt.add_node("Wall", material=rt.MultiMaterial(materialList=parts))
    assert "Diffuse Color" in scene.objects([rt.getHandleByAnim(node)])[0].slots
    assert scene.assign([plain(rt, node, texture)], "Bake") == ()
    assert parts[0] is not None
    assert parts[0].diffuseMap.filename == str(texture)


def test_objects_with_one_material_and_one_map_share_one_shell(
    rt: FakeArtistRuntime, scene: MaxScene, texture: Path
) -> None:
    material = rt.StandardMaterial()
    nodes = [rt.add_node(name, material=material) for name in "AB"]
    scene.assign([shell(rt, node, texture) for node in nodes], "Bake")
    assert nodes[0].material is nodes[1].material
    assert scene.bitmaps_showing(texture) == 1


def test_a_material_below_another_objects_multi_material_is_not_changed(
    rt: FakeArtistRuntime, scene: MaxScene, texture: Path
) -> None:
    material = rt.StandardMaterial()
    baked = rt.add_node("Baked", material=material)
    rt.add_node("Other", material=rt.MultiMaterial(materialList=[material]))
    scene.assign([plain(rt, baked, texture)], "Bake")
    assert material.diffuseMap is None
    assert baked.material.diffuseMap.filename == str(texture)


def test_a_bitmap_that_does_not_take_its_path_is_told(
    rt: FakeArtistRuntime, scene: MaxScene, texture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = rt.add_node("Wall", material=rt.StandardMaterial())
    made = rt.BitmapTexture

    def empty(**properties: Any) -> Any:
        return made(name=properties["name"])

    monkeypatch.setattr(rt, "BitmapTexture", empty)
    (told,) = scene.assign([plain(rt, node, texture)], "Bake")
    assert "does not take the path" in told
    assert node.material.diffuseMap is None
