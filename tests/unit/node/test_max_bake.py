"""The bake inside 3ds Max, on a strict fake of it: what is baked, and that everything is as before afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from max_submitter.testing.fake_runtime import FakePymxs
from max_submitter.testing.fake_runtime_baking import BakedImage
from max_submitter.testing.fake_runtime_scene import FakeNode
from max_submitter.testing.fake_runtime_values import FakeName
from tests.unit.node.max_scene import SCENE, MaxScene
from workers.node.max_bake.main import bake_and_report


def test_every_element_becomes_one_whole_image_without_padding_on_its_uv_channel(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    report = scene.bake()
    assert [(image.element, image.path) for image in scene.rt.baked] == [
        ("CompleteMap", tmp_path / "CompleteMap.exr"),
        ("NormalsMap", tmp_path / "NormalsMap.exr"),
    ]
    for image in scene.rt.baked:
        assert (image.node, image.width, image.height, image.channel, image.padding) == ("Wall", 64, 64, 2, 0)
    assert [(item.element, item.size) for item in report.outputs] == [("CompleteMap", 5), ("NormalsMap", 5)]
    assert report.versions["3dsmax"] == "2026"
    assert report.versions["renderer"] == "Default_Scanline_Renderer"


@pytest.mark.parametrize(("pixel_type", "code"), [("half", 1), ("float", 0)])
def test_images_are_rgba_scan_line_files_of_the_planned_type_and_nothing_else(
    tmp_path: Path, pixel_type: str, code: int
) -> None:
    scene = MaxScene(tmp_path)
    scene.task["outputs"] = [scene.output("CompleteMap", pixel_type=pixel_type)]
    scene.bake()
    settings = scene.rt.baked[0].exr
    assert (settings.layer_format, settings.layer_type) == (code, 0)
    assert (settings.scan_lines, settings.region, settings.render_elements) == (True, False, False)


def test_each_size_is_a_render_of_its_own_so_that_none_is_scaled(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.task["outputs"] = [scene.output("CompleteMap", side=64), scene.output("DiffuseMap", side=32)]
    scene.bake()
    assert [(image.element, image.width) for image in scene.rt.baked] == [("CompleteMap", 64), ("DiffuseMap", 32)]
    assert len(scene.rt.tape.named("render")) == 2


def test_the_render_call_to_the_letter(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.bake()
    (call,) = scene.rt.tape.named("render")
    assert call.args == (FakeName("bakeSelected"),)
    assert call.kwargs == {"frame": 7, "vfb": False, "disableBitmapProxies": True}


def test_it_renders_silently_without_redraw_and_undo_with_the_object_selected_alone(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    other = FakeNode(scene.rt.tape, "Floor", material=scene.material)
    scene.file.nodes = [scene.wall, other]
    scene.rt.selection = [other]
    seen = scene.observed(lambda: (scene.rt.silent, list(scene.rt.contexts), scene.rt.selection))
    scene.bake()
    assert seen[0] == (True, ["undo False", "redraw False"], [scene.wall])
    assert scene.rt.selection == [other]
    assert (scene.rt.silent, scene.rt.contexts) == (False, [])


def test_the_scene_is_loaded_without_any_question(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.bake()
    (call,) = scene.rt.tape.named("loadMaxFile")
    assert (call.args, call.kwargs["quiet"], call.kwargs["useFileUnits"]) == ((SCENE,), True, True)
    assert {call.kwargs[f"missing{kind}Action"] for kind in ("ExtFiles", "DLLs", "XRefs")} == {FakeName("logMsg")}
    assert scene.rt.tape.names().index("SetQuietMode") < scene.rt.tape.names().index("loadMaxFile")


def test_under_3dsmaxcmd_the_open_scene_is_not_loaded_again(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.rt.open(scene.file)
    assert scene.bake(scene_is_open=True).status == "ok"
    assert scene.rt.tape.named("loadMaxFile") == []


def test_an_open_render_setup_is_committed_and_closed_first(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.rt.renderSceneDialog.is_open = True
    scene.bake()
    names = scene.rt.tape.names()
    assert names.index("renderSceneDialog.commit") < names.index("renderSceneDialog.close") < names.index("render")


def test_radiosity_is_computed_once_and_its_preference_comes_back(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.task["outputs"] = [scene.output("CompleteMap", side=64), scene.output("DiffuseMap", side=32)]
    seen = []
    seen = scene.observed(lambda: scene.rt.RadiosityPreferences.computeRadiosity)
    scene.bake()
    assert seen == [True, False]
    assert scene.rt.RadiosityPreferences.computeRadiosity is True


def test_a_member_of_a_closed_group_is_baked_and_goes_back(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.rt.setGroupMember(scene.wall, True)
    assert scene.bake().status == "ok"
    assert scene.rt.isGroupMember(scene.wall)


def test_a_shell_material_bakes_its_original_and_shows_again_what_it_showed(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    shell = scene.rt.Shell_Material()
    shell.originalMaterial = scene.material
    scene.wall.material = shell
    scene.bake()
    assert scene.rt.baked[0].material is scene.material
    assert shell.renderMtlIndex == 1


def test_an_object_without_material_gets_one_for_the_render_alone(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.wall.material = None
    propagation = scene.observed(lambda: scene.rt.instanceMgr.autoMtlPropagation)
    assert scene.bake().status == "ok"
    assert scene.wall.material is None
    assert propagation == [False, False]
    assert scene.rt.instanceMgr.autoMtlPropagation is True


def test_the_bake_elements_of_the_artist_come_back(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    own = scene.rt.LightingMap()
    properties = scene.wall.INodeBakeProperties
    properties.addBakeElement(own)
    scene.bake()
    assert properties.elements == [own]
    assert (properties.bakeEnabled, properties.bakeChannel, properties.nDilations) == (False, 3, 2)


def test_projection_without_a_modifier_is_off_while_baking(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    projection = scene.wall.INodeBakeProjProperties
    projection.enabled = True
    seen = scene.observed(lambda: projection.enabled)
    scene.bake()
    assert set(seen) == {False}
    assert projection.enabled is True


@pytest.mark.parametrize("renderer", ["V_Ray_6__update_2", "V_Ray_GPU_6__update_2"])
def test_v_rays_frame_buffer_is_off_while_baking(tmp_path: Path, renderer: str) -> None:
    scene = MaxScene(tmp_path, renderer=renderer)

    def is_on() -> bool:
        current = scene.rt.renderers.current
        return bool((current.V_Ray_settings if "GPU" in renderer else current).output_on)

    seen = scene.observed(is_on)
    assert scene.bake().status == "ok"
    assert seen == [False, False]
    assert is_on()
    assert scene.rt.tape.named("setVRaySilentMode")


def test_after_an_error_in_the_render_everything_is_as_before(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    shell = scene.rt.Shell_Material()
    shell.originalMaterial = scene.material
    scene.wall.material = shell
    scene.rt.setGroupMember(scene.wall, True)
    own = scene.rt.LightingMap()
    scene.wall.INodeBakeProperties.addBakeElement(own)

    def fail(_: BakedImage) -> None:
        raise RuntimeError("system exception in render")

    scene.rt.write_image = fail
    report = scene.bake()
    assert (report.status, report.failure_class) == ("failed", "renderer")
    assert "system exception in render" in report.what
    assert "Traceback" in report.traceback
    assert (scene.rt.silent, scene.rt.contexts, scene.rt.selection) == (False, [], [])
    assert shell.renderMtlIndex == 1
    assert scene.rt.isGroupMember(scene.wall)
    assert scene.wall.INodeBakeProperties.elements == [own]
    assert scene.rt.RadiosityPreferences.computeRadiosity is True


def test_a_cancelled_render_is_a_failure(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.rt.cancels = True
    assert "cancelled" in scene.bake().what


def test_an_image_that_was_not_written_is_a_failure_of_this_node(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.rt.write_image = lambda image: None
    report = scene.bake()
    assert (report.status, report.failure_class) == ("failed", "node")
    assert "CompleteMap.exr" in report.why


def test_a_hidden_object_is_never_taken_for_baked(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.wall.isHidden = True
    assert scene.bake().status == "failed"


def test_a_scene_that_cannot_be_opened_is_the_scenes_fault(tmp_path: Path) -> None:
    report = MaxScene(tmp_path, can_be_opened=False).bake()
    assert (report.failure_class, report.what) == ("scene", f"3ds Max could not open {SCENE}.")
    assert "2026" in report.why


@pytest.mark.parametrize(
    ("missing", "option", "failure_class"),
    [
        ({"missing_files": ["brick.png"]}, "allow_missing_files", "scene"),
        ({"missing_xrefs": ["brick.png"]}, "allow_missing_files", "scene"),
        ({"missing_plugins": ["brick.png"]}, "allow_missing_plugins", "node"),
    ],
)
def test_what_a_scene_misses_is_a_failure_unless_the_job_allows_it(
    tmp_path: Path, missing: dict[str, list[str]], option: str, failure_class: str
) -> None:
    scene = MaxScene(tmp_path, **missing)
    report = scene.bake()
    assert (report.failure_class, report.why) == (failure_class, "brick.png")
    scene.task["options"] = {option: True}
    assert any("brick.png" in warning for warning in scene.bake().warnings)


def test_another_renderer_than_the_jobs_is_never_rendered_with(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.task["options"] = {"renderer_class": "V_Ray_6"}
    report = scene.bake()
    assert (report.status, report.failure_class) == ("failed", "node")
    assert "Default_Scanline_Renderer" in report.what
    assert scene.rt.baked == []


def test_a_renderer_that_cannot_bake_is_refused(tmp_path: Path) -> None:
    report = MaxScene(tmp_path, renderer="Quicksilver_Hardware_Renderer").bake()
    assert (report.failure_class, report.what) == ("scene", "Quicksilver_Hardware_Renderer cannot bake textures.")


@pytest.mark.parametrize("exposure", ["Automatic_Exposure_Control", "Linear_Exposure_Control"])
def test_exposure_that_differs_between_renders_is_a_warning(tmp_path: Path, exposure: str) -> None:
    report = MaxScene(tmp_path, exposure=exposure).bake()
    assert report.status == "ok"
    assert exposure in report.warnings[0]
    assert MaxScene(tmp_path, exposure="Physical_Camera_Exposure_Control").bake().warnings == ()


def test_of_two_objects_of_one_name_none_is_baked(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.file.nodes = [scene.wall, FakeNode(scene.rt.tape, "Wall", material=scene.material)]
    assert "2 objects are called 'Wall'" in scene.bake().what
    scene.file.nodes = []
    assert "no object 'Wall'" in scene.bake().what


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"objects": [{"name": "Wall", "uv_channel": 1}] * 2}, "Multi Pass"),
        ({"outputs": [{"element": "A", "row_begin": 0, "row_end": 4, "height": 8}]}, "one strip"),
        ({"outputs": 7}, "is not a task file"),
        ({"options": {}, "frame": 0, "objects": []}, "0 objects"),
    ],
)
def test_a_task_that_render_to_texture_cannot_bake_is_refused(
    tmp_path: Path, changes: dict[str, object], part: str
) -> None:
    scene = MaxScene(tmp_path)
    scene.task |= changes
    report = scene.bake()
    assert part in f"{report.what} {report.advice}"
    assert scene.rt.tape.named("loadMaxFile") == []


@pytest.mark.parametrize(
    ("element", "part"),
    [
        ("VRayCompleteMap", "has no bake element VRayCompleteMap"),
        ("Standard Material", "cannot be the name"),
        ("StandardMaterial", "is not a bake element"),
    ],
)
def test_an_element_that_this_3ds_max_does_not_have_is_named(tmp_path: Path, element: str, part: str) -> None:
    scene = MaxScene(tmp_path)
    scene.task["outputs"] = [scene.output(element)]
    assert part in scene.bake().what


def test_ambient_occlusion_is_found_under_the_name_of_its_class(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.task["outputs"] = [scene.output("AmbientOcclusion")]
    assert scene.bake().status == "ok"
    assert scene.rt.baked[0].element == "AmbientOcclusionBakeElement"


def test_progress_and_failures_stand_in_the_log_of_3ds_max(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    scene.bake()
    assert scene.log() == ["flatiron: 0/1 Wall: CompleteMap, NormalsMap", "flatiron: 1/1 baked"]
    scene.file.nodes = []
    scene.bake()
    assert scene.log()[-1] == "flatiron: failed: There is no object 'Wall' in the scene."


def test_a_result_appears_whole_and_last(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    seen = scene.observed((tmp_path / "result.json").exists)
    scene.bake()
    assert seen == [False, False]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "CompleteMap.exr",
        "NormalsMap.exr",
        "result.json",
        "task.json",
    ]


def test_a_task_file_that_is_not_there_ends_in_a_result_all_the_same(tmp_path: Path) -> None:
    scene = MaxScene(tmp_path)
    assert not bake_and_report(scene.rt, FakePymxs(scene.rt), tmp_path / "gone.json", scene_is_open=False)
    assert json.loads((tmp_path / "result.json").read_text("utf-8"))["failure_class"] == "share"


@pytest.mark.parametrize("misspelt", ["fopenexrr", "getNodesByName", "V_Ray"])
def test_the_fake_knows_no_name_that_3ds_max_does_not_have(tmp_path: Path, misspelt: str) -> None:
    scene = MaxScene(tmp_path)
    with pytest.raises(AttributeError, match=misspelt):
        getattr(scene.rt, misspelt)
    with pytest.raises(AttributeError, match="nDilation'"):
        scene.wall.INodeBakeProperties.nDilation = 0
    with pytest.raises(AttributeError, match="supportsTextureBaking"):
        _ = scene.rt.renderers.current.supportsTextureBaking
    with pytest.raises(TypeError):
        scene.rt.maxOps.mxsCmdLineArgs["flatiron_task"]
