"""The renderer's promise: whichever way a bake is split, every texel gets the same bits."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.unit.reference_renderer.baking_examples import (
    KINDS,
    Array,
    node_task,
    output,
    pyramid,
    quad,
    read_map,
    stage,
    write_glb,
)
from workers.reference_renderer.bake import bake_task

NAMES = ["Ground", "Block", "Lamp", "Tent"]


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    return write_glb(tmp_path / "stage.glb", stage())


def _bake(scene: Path, names: Sequence[str], elements: Sequence[str], **changes: int) -> dict[str, Array]:
    outputs = [output(name, scene.parent / f"{name}.exr", **changes) for name in elements]
    bake_task(node_task(scene, names, outputs))
    return {name: read_map(scene.parent / f"{name}.exr") for name in elements}


def _strips(rows: int) -> Iterator[tuple[int, int]]:
    return ((begin, min(begin + rows, 64)) for begin in range(0, 64, rows))


@pytest.mark.parametrize("rows", [13, 32])
def test_objects_times_strips_in_any_order_equal_one_go(scene: Path, rows: int) -> None:
    whole = _bake(scene, NAMES, list(KINDS))
    pieces = list(itertools.product(NAMES, _strips(rows)))
    random.Random(rows).shuffle(pieces)
    baked = {
        (name, rows): _bake(scene, [name], list(KINDS), row_begin=rows[0], row_end=rows[1]) for name, rows in pieces
    }
    for element in KINDS:
        composed = np.zeros((64, 64, 4), dtype=np.float32)
        for name in reversed(NAMES):  # the first object of a task lies on top
            for strip in _strips(rows):
                piece = baked[name, strip][element]
                composed = np.where(piece[..., 3:] > 0, piece, composed)
        np.testing.assert_array_equal(composed, whole[element])


def test_an_element_does_not_depend_on_the_others_in_the_task(scene: Path) -> None:
    together = _bake(scene, NAMES, list(KINDS))
    for element in KINDS:
        np.testing.assert_array_equal(_bake(scene, NAMES, [element])[element], together[element])


def test_outputs_of_different_sizes_in_one_task_equal_single_ones(scene: Path, tmp_path: Path) -> None:
    single = _bake(scene, NAMES, ["LightingMap"])["LightingMap"]
    small = output("LightingMap", tmp_path / "small.exr", width=40, height=24, row_begin=3, row_end=20)
    bake_task(node_task(scene, NAMES, [small, output("LightingMap", tmp_path / "large.exr")]))
    np.testing.assert_array_equal(read_map(tmp_path / "large.exr"), single)
    assert read_map(tmp_path / "small.exr").shape == (24, 40, 4)


def test_two_processes_write_the_same_bytes(scene: Path, tmp_path: Path) -> None:
    written = []
    for run in ("first", "second"):
        piece = tmp_path / f"{run}.exr"
        task = tmp_path / f"{run}.json"
        task.write_text(node_task(scene, NAMES, [output("CompleteMap", piece, pixel_type="half")]).to_json())
        subprocess.run([sys.executable, "-m", "workers.reference_renderer", str(task)], check=True, capture_output=True)
        written.append(piece.read_bytes())
    assert written[0] == written[1]


def test_alpha_is_exactly_the_coverage_and_uncovered_texels_are_zero(scene: Path) -> None:
    image = _bake(scene, NAMES, ["CompleteMap"])["CompleteMap"]
    assert set(np.unique(image[..., 3])) == {0.0, 1.0}
    assert not image[image[..., 3] == 0].any()


def test_a_rectangle_covers_exactly_the_texels_whose_centre_it_contains(tmp_path: Path) -> None:
    scene = write_glb(tmp_path / "one.glb", [quad("One", (8 / 64, 16 / 64, 24 / 64, 48 / 64))])
    alpha = _bake(scene, ["One"], ["DiffuseMap"])["DiffuseMap"][..., 3]
    expected = np.zeros((64, 64), dtype=np.float32)
    expected[16:48, 8:24] = 1
    np.testing.assert_array_equal(alpha, expected)


def test_where_objects_overlap_the_first_of_the_task_wins(tmp_path: Path) -> None:
    red, blue = quad("Red", (0, 0, 0.75, 1), colour=(1, 0, 0)), quad("Blue", (0.25, 0, 1, 1), colour=(0, 0, 1))
    blue.node = {"translation": [0, 1, 0]}
    scene = write_glb(tmp_path / "two.glb", [red, blue])
    red_first = _bake(scene, ["Red", "Blue"], ["DiffuseMap"])["DiffuseMap"]
    blue_first = _bake(scene, ["Blue", "Red"], ["DiffuseMap"])["DiffuseMap"]
    assert red_first[32, 32].tolist() == [1, 0, 0, 1]
    assert blue_first[32, 32].tolist() == [0, 0, 1, 1]


def test_the_size_of_the_scene_does_not_change_the_light(tmp_path: Path) -> None:
    """Offsets, reach and lights follow the bounding box; powers of two keep the numbers exact."""
    small = write_glb(tmp_path / "small.glb", [quad("Ground", (0, 0, 0.5, 1)), pyramid("Block", (0.5, 0, 1, 1))])
    large = [quad("Ground", (0, 0, 0.5, 1)), pyramid("Block", (0.5, 0, 1, 1))]
    for item in large:
        item.node = {"scale": [1024, 1024, 1024]}
    scaled = write_glb(tmp_path / "large.glb", large)
    names = ["Ground", "Block"]
    np.testing.assert_array_equal(
        _bake(scaled, names, ["CompleteMap"])["CompleteMap"], _bake(small, names, ["CompleteMap"])["CompleteMap"]
    )


def test_another_seed_gives_other_noise(scene: Path, tmp_path: Path) -> None:
    first = _bake(scene, ["Ground"], ["LightingMap"])["LightingMap"]
    other = output("LightingMap", tmp_path / "other.exr")
    bake_task(node_task(scene, ["Ground"], [other], options={"samples": 3, "seed": 1}))
    assert (read_map(tmp_path / "other.exr") != first).any()
