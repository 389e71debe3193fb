"""The files that the renderer writes, as OpenImageIO sees them, and what stands in them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.unit.reference_renderer.baking_examples import (
    node_task,
    open_piece,
    output,
    pyramid,
    quad,
    read_map,
    stage,
    write_glb,
)
from workers.reference_renderer.__main__ import main
from workers.reference_renderer.bake import bake_task

DEMO = Path(__file__).parents[3] / "deploy" / "demo_scene"


@pytest.fixture
def patch(tmp_path: Path) -> Path:
    """One object in the columns 8 to 23 and rows 16 to 47 of 64."""
    return write_glb(tmp_path / "patch.glb", [quad("Patch", (8 / 64, 16 / 64, 24 / 64, 48 / 64))])


@pytest.mark.parametrize("pixel_type", ["half", "float"])
def test_the_display_window_is_the_map_and_the_data_window_what_is_covered(
    patch: Path, tmp_path: Path, pixel_type: str
) -> None:
    piece = output("DiffuseMap", tmp_path / "a.exr", row_begin=10, row_end=30, pixel_type=pixel_type)
    bake_task(node_task(patch, ["Patch"], [piece]))
    spec = open_piece(Path(piece.path)).spec()
    assert (spec.full_x, spec.full_y, spec.full_width, spec.full_height) == (0, 0, 64, 64)
    assert (spec.x, spec.y, spec.width, spec.height) == (8, 16, 16, 14)
    assert (tuple(spec.channelnames), str(spec.format)) == (("R", "G", "B", "A"), pixel_type)


def test_a_strip_without_coverage_is_one_transparent_texel_in_its_first_row(patch: Path, tmp_path: Path) -> None:
    piece = output("DiffuseMap", tmp_path / "a.exr", row_begin=50, row_end=60)
    bake_task(node_task(patch, ["Patch"], [piece]))
    spec = open_piece(Path(piece.path)).spec()
    assert (spec.x, spec.y, spec.width, spec.height) == (0, 50, 1, 1)
    assert not read_map(tmp_path / "a.exr").any()


def test_pixels_survive_the_file_and_half_is_the_rounded_float(tmp_path: Path) -> None:
    scene = write_glb(tmp_path / "stage.glb", stage())
    paths = {kind: tmp_path / f"{kind}.exr" for kind in ("half", "float")}
    outputs = [output("LightingMap", path, pixel_type=kind) for kind, path in paths.items()]
    bake_task(node_task(scene, ["Ground", "Block"], outputs))
    full = read_map(paths["float"])
    np.testing.assert_array_equal(read_map(paths["half"]), full.astype(np.float16).astype(np.float32))
    assert np.isfinite(full).all()


def test_light_too_bright_for_half_is_limited_instead_of_infinite(tmp_path: Path) -> None:
    sun = quad("Sun", (0, 0, 1, 1), emission=(9e9, 1, 1), colour=(0, 0, 0))
    path = write_glb(tmp_path / "sun.glb", [sun])
    bake_task(node_task(path, ["Sun"], [output("CompleteMap", tmp_path / "a.exr", pixel_type="half")]))
    assert read_map(tmp_path / "a.exr")[32, 32, 0] == 65504


def test_elements_show_what_they_say(tmp_path: Path) -> None:
    ground = quad("Ground", (0, 0, 0.5, 1), colour=(0.5, 0.25, 0.125))
    scene = write_glb(tmp_path / "a.glb", [ground, pyramid("Block", (0.5, 0, 1, 1))])
    elements = ("DiffuseMap", "NormalsMap", "AmbientOcclusion", "ShadowsMap")
    outputs = [output(name, tmp_path / f"{name}.exr") for name in elements]
    bake_task(node_task(scene, ["Ground"], outputs, options={"samples": 16, "ao_distance": 1.0}))
    diffuse, normals, occlusion, shadows = (read_map(tmp_path / f"{name}.exr") for name in elements)
    corner, below_block = (2, 1), (32, 16)
    assert diffuse[corner].tolist() == [0.5, 0.25, 0.125, 1]
    assert normals[corner].tolist() == [0.5, 1, 0.5, 1]  # straight up
    assert occlusion[corner][0] == 1
    assert occlusion[below_block][0] == 0
    assert shadows[below_block][0] == 0
    assert shadows[60, 30][0] == 1  # the sun's side


def test_no_temporary_file_remains(patch: Path, tmp_path: Path) -> None:
    bake_task(node_task(patch, ["Patch"], [output("DiffuseMap", tmp_path / "a.exr")]))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.exr", "patch.glb"]


def test_progress_is_reported_up_to_the_end(patch: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bake_task(node_task(patch, ["Patch"], [output("DiffuseMap", tmp_path / "a.exr")]))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "progress 0%"
    assert lines[-1] == "progress 100%"


def test_inspect_lists_names_bounds_and_state_of_the_coordinates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = quad("Broken", (0, 0, 2, 1))
    scene = write_glb(tmp_path / "a.glb", [quad("Ground", (0, 0, 0.5, 1)), broken])
    assert main(["inspect", str(scene)]) == 0
    described = json.loads(capsys.readouterr().out)
    assert [(item["name"], item["uv"]["state"]) for item in described["objects"]] == [
        ("Ground", "ok"),
        ("Broken", "outside"),
    ]
    assert described["bounds"] == {"min": [-1, 0, -1], "max": [1, 0, 1]}


def test_every_object_of_the_demo_scene_can_be_baked_and_none_overlap_in_a_map(tmp_path: Path) -> None:
    maps = json.loads((DEMO / "demo.json").read_text())["maps"]
    for map_index, names in enumerate(maps):
        total = np.zeros((128, 128), dtype=np.float32)
        for name in names:
            piece = output("DiffuseMap", tmp_path / f"{map_index}-{name}.exr", width=128, height=128, row_end=128)
            bake_task(node_task(DEMO / "demo.glb", [name], [piece]))
            total += read_map(Path(piece.path))[..., 3]
        assert total.max() == 1
