"""Bad input is refused before any work, with a message that says what to do, and no file is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flatiron_tasks.contracts.errors import BadInputError, SceneError, SettingsError, ShareError
from flatiron_tasks.contracts.node_task import TaskObject
from tests.unit.reference_renderer.baking_examples import Example, node_task, output, quad, stage, write_glb
from workers.reference_renderer.__main__ import main
from workers.reference_renderer.bake import bake_task
from workers.reference_renderer.elements import ELEMENTS
from workers.reference_renderer.options import RenderOptions, read_options

LINE = [[0, 0, 0], [1, 0, 0], [2, 0, 0]]


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    strange = [
        Example("NoUv", [[0, 0, 0], [1, 0, 0], [0, 0, 1]], [[0, 1, 2]], None),
        Example("Outside", [[0, 0, 0], [1, 0, 0], [0, 0, 1]], [[0, 1, 2]], [[0, 0], [1.001, 0], [0, 1]]),
        Example("Line", LINE, [[0, 1, 2]], [[0, 0], [1, 0], [0, 1]]),
        Example("FlatUv", [[0, 0, 0], [1, 0, 0], [0, 0, 1]], [[0, 1, 2]], [[0, 0], [0.5, 0.5], [1, 1]]),
        Example("Empty", LINE, [], [[0, 0], [1, 0], [0, 1]]),
        quad("Twin", (0, 0, 1, 1)),
        quad("Twin", (0, 0, 1, 1)),
    ]
    return write_glb(tmp_path / "strange.glb", [*stage(), *strange])


@pytest.mark.parametrize(
    ("name", "part_of_message"),
    [
        ("NoUv", "no texture coordinates"),
        ("Outside", "leave the range"),
        ("Line", "zero area"),
        ("FlatUv", "span no area"),
        ("Empty", "mesh is empty"),
        ("Grund", "Did you mean 'Ground'"),
        ("Twin", "Rename all but one"),
    ],
)
def test_an_object_that_cannot_be_baked_is_refused_with_the_reason(
    scene: Path, tmp_path: Path, name: str, part_of_message: str
) -> None:
    piece = tmp_path / "piece.exr"
    with pytest.raises(SceneError) as caught:
        bake_task(node_task(scene, ["Ground", name], [output("DiffuseMap", piece)]))
    assert part_of_message in str(caught.value)
    assert not piece.exists()


def test_another_uv_channel_is_refused(scene: Path, tmp_path: Path) -> None:
    task = node_task(scene, [], [output("DiffuseMap", tmp_path / "a.exr")], objects=(TaskObject("Ground", 2),))
    with pytest.raises(SceneError, match="UV channel 2"):
        bake_task(task)


def test_coordinates_a_hair_outside_are_accepted(tmp_path: Path) -> None:
    scene = write_glb(tmp_path / "hair.glb", [quad("Hair", (-0.00005, 0, 1.00005, 1))])
    bake_task(node_task(scene, ["Hair"], [output("DiffuseMap", tmp_path / "hair.exr")]))
    assert (tmp_path / "hair.exr").exists()


def test_an_unknown_element_is_refused_with_the_list_of_all(scene: Path, tmp_path: Path) -> None:
    with pytest.raises(SceneError) as caught:
        bake_task(node_task(scene, ["Ground"], [output("SpecularMap", tmp_path / "a.exr")]))
    assert all(name in str(caught.value) for name in ELEMENTS)


@pytest.mark.parametrize(("name", "reason"), [("gone.glb", "does not exist"), ("scene.max", "format")])
def test_a_missing_or_foreign_scene_file_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(SceneError, match=reason):
        bake_task(node_task(tmp_path / name, ["Ground"], [output("DiffuseMap", tmp_path / "a.exr")]))


@pytest.mark.parametrize(
    ("options", "part_of_message"),
    [
        ({"sample": 4}, "Did you mean 'samples'"),
        ({"samples": 0}, "a whole number from 1"),
        ({"samples": 2.5}, "a whole number"),
        ({"samples": True}, "a whole number"),
        ({"ao_distance": "far"}, "a number from"),
        ({"ao_distance": float("inf")}, "a number from"),
        ({"seed": -1}, "from 0"),
    ],
)
def test_an_option_that_is_unknown_or_out_of_range_is_refused(options: dict[str, Any], part_of_message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_options(options)
    assert part_of_message in str(caught.value)


def test_options_have_defaults_and_whole_numbers_serve_as_numbers() -> None:
    assert read_options({}) == RenderOptions()
    assert read_options({"ao_distance": 1, "samples": 4, "seed": 9}) == RenderOptions(4, 1.0, 9)


def test_bad_input_ends_with_code_3_and_the_message_on_standard_error(
    scene: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = tmp_path / "task.json"
    task.write_text(node_task(scene, ["Grund"], [output("DiffuseMap", tmp_path / "a.exr")]).to_json())
    assert main([str(task)]) == 3
    assert "Did you mean 'Ground'" in capsys.readouterr().err


@pytest.mark.parametrize("text", [None, "{", "{}"])
def test_a_task_file_that_is_missing_or_broken_ends_with_code_3(tmp_path: Path, text: str | None) -> None:
    task = tmp_path / "task.json"
    if text is not None:
        task.write_text(text)
    assert main([str(task)]) == 3


def test_a_folder_that_cannot_be_written_is_a_failure_that_may_pass(scene: Path, tmp_path: Path) -> None:
    task = tmp_path / "task.json"
    nowhere = node_task(scene, ["Ground"], [output("DiffuseMap", tmp_path / "gone" / "a.exr")])
    task.write_text(nowhere.to_json())
    with pytest.raises(ShareError):
        bake_task(nowhere)
    assert main([str(task)]) == 4


def test_a_scene_without_extent_is_refused(tmp_path: Path) -> None:
    point = Example("Point", [[1, 1, 1]] * 3, [[0, 1, 2]], [[0, 0], [1, 0], [0, 1]])
    with pytest.raises(BadInputError):
        bake_task(
            node_task(write_glb(tmp_path / "p.glb", [point]), ["Point"], [output("DiffuseMap", tmp_path / "a.exr")])
        )


@pytest.mark.parametrize("arguments", [[], ["inspect"], ["task.json", "scene.glb"], ["--elements"]])
def test_wrong_usage_ends_with_code_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
