"""Scene files: names, transforms, directions of the texture coordinates, and the same geometry from GLB and OBJ."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from flatiron_tasks.contracts.errors import SceneError
from tests.unit.reference_renderer.baking_examples import (
    Example,
    node_task,
    output,
    pyramid,
    quad,
    read_map,
    stage,
    write_glb,
    write_obj,
)
from workers.reference_renderer.bake import bake_task
from workers.reference_renderer.scene import load_scene

CORNER = Example("Corner", [[0, 0, 0], [1, 0, 0], [0, 0, 1]], [[0, 2, 1]], [[0, 0], [1, 0], [0, 0.5]])
"""A triangle whose texture coordinates lie in the upper half, most of them at the left."""


def _repack(path: Path, change: dict[str, object], *, drop_bytes: int = 0) -> Path:
    """Change top-level keys of a GLB file, or cut its end off."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    text = json.dumps(json.loads(data[20 : 20 + length]) | change).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + length :]
    header = struct.pack("<III", 0x46546C67, 2, 20 + len(text) + len(rest))
    whole = header + struct.pack("<II", len(text), 0x4E4F534A) + text + rest
    path.write_bytes(whole[: len(whole) - drop_bytes])
    return path


@pytest.mark.parametrize(("writer", "suffix"), [(write_glb, "glb"), (write_obj, "obj")])
def test_row_0_is_the_top_of_the_texture(tmp_path: Path, writer: Callable[..., Path], suffix: str) -> None:
    scene = writer(tmp_path / f"corner.{suffix}", [CORNER])
    bake_task(node_task(scene, ["Corner"], [output("DiffuseMap", tmp_path / "corner.exr")]))
    alpha = read_map(tmp_path / "corner.exr")[..., 3]
    assert alpha[0].sum() == 63  # the widest row is the first one
    assert alpha[30].sum() == 3
    assert not alpha[32:].any()


@pytest.mark.parametrize("keyword", ["o", "g"])
def test_obj_and_glb_give_the_same_geometry(tmp_path: Path, keyword: str) -> None:
    objects = [quad("Ground", (0, 0, 0.5, 1), colour=(0.25, 0.5, 0.75)), pyramid("Block", (0.5, 0, 1, 0.75))]
    from_glb = load_scene(write_glb(tmp_path / "a.glb", objects)).objects
    from_obj = load_scene(write_obj(tmp_path / "a.obj", objects, keyword=keyword)).objects
    for ours, theirs in zip(from_glb, from_obj, strict=True):
        assert ours.name == theirs.name
        assert ours.uv is not None
        assert theirs.uv is not None
        np.testing.assert_allclose(ours.positions, theirs.positions, atol=1e-6)
        np.testing.assert_allclose(ours.normals, theirs.normals, atol=1e-6)
        np.testing.assert_allclose(ours.uv, theirs.uv, atol=1e-6)
        np.testing.assert_allclose(ours.base_colour, theirs.base_colour, atol=1e-6)


def test_instances_of_a_mesh_stand_where_their_nodes_put_them(tmp_path: Path) -> None:
    half = float(np.sqrt(0.5))
    turned = quad("Turned", (0, 0, 1, 1), node={"rotation": [0, 0, half, half], "translation": [5, 0, 0]})
    parent = quad("Parent", (0, 0, 1, 1), node={"scale": [2, 2, 2], "translation": [0, 3, 0]})
    path = write_glb(tmp_path / "nodes.glb", [turned, parent])
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    nodes = json.loads(data[20 : 20 + length])["nodes"]
    nodes[1]["children"] = [2]
    nodes.append({"name": "Child", "mesh": 1, "translation": [1, 0, 0]})
    _repack(path, {"nodes": nodes})
    turned_object, parent_object, child = load_scene(path).objects
    # A quarter turn about z takes the ground's normal from +y to -x.
    np.testing.assert_allclose(turned_object.normals.reshape(-1, 3), np.tile([-1, 0, 0], (6, 1)), atol=1e-6)
    np.testing.assert_allclose(turned_object.positions[..., 0], 5, atol=1e-6)
    np.testing.assert_allclose(parent_object.positions.min(axis=(0, 1)), [-2, 3, -2])
    np.testing.assert_allclose(child.positions.min(axis=(0, 1)), [0, 3, -2])
    assert child.name == "Child"


def test_a_mirrored_instance_still_faces_outwards(tmp_path: Path) -> None:
    scene = write_glb(tmp_path / "mirror.glb", [quad("Mirror", (0, 0, 1, 1), node={"scale": [-1, 1, 1]})])
    (mirrored,) = load_scene(scene).objects
    np.testing.assert_allclose(mirrored.normals[..., 1], 1)


def test_a_node_without_a_name_can_still_be_addressed(tmp_path: Path) -> None:
    scene = load_scene(write_glb(tmp_path / "nameless.glb", [quad(None, (0, 0, 1, 1))]))
    assert [item.name for item in scene.objects] == ["node-0"]


def test_a_gltf_file_with_embedded_or_separate_buffer_reads_like_the_glb(tmp_path: Path) -> None:
    data = write_glb(tmp_path / "a.glb", stage()).read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    root, binary = json.loads(data[20 : 20 + length]), data[28 + length :]
    (tmp_path / "a buffer.bin").write_bytes(binary)
    expected = load_scene(tmp_path / "a.glb").objects
    for uri in ("a%20buffer.bin", "data:application/octet-stream;base64," + base64.b64encode(binary).decode()):
        root["buffers"][0]["uri"] = uri
        (tmp_path / "a.gltf").write_text(json.dumps(root))
        for ours, theirs in zip(load_scene(tmp_path / "a.gltf").objects, expected, strict=True):
            np.testing.assert_array_equal(ours.positions, theirs.positions)


def test_polygons_negative_indices_and_missing_libraries_in_obj_are_read(tmp_path: Path) -> None:
    path = tmp_path / "polygon.obj"
    path.write_text("mtllib gone.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 1\nf -4/1 -3/1 -2/2 -1/2\n")
    (item,) = load_scene(path).objects
    assert item.name == "polygon"
    assert item.positions.shape == (2, 3, 3)


def test_a_truncated_glb_is_refused(tmp_path: Path) -> None:
    scene = _repack(write_glb(tmp_path / "cut.glb", stage()), {}, drop_bytes=40)
    with pytest.raises(SceneError, match="cannot be read"):
        load_scene(scene)


def test_a_glb_that_needs_an_unknown_extension_is_refused_by_its_name(tmp_path: Path) -> None:
    change: dict[str, object] = {"extensionsRequired": ["KHR_draco_mesh_compression"]}
    with pytest.raises(SceneError, match="KHR_draco_mesh_compression"):
        load_scene(_repack(write_glb(tmp_path / "draco.glb", stage()), change))


@pytest.mark.parametrize("key", ["accessors", "meshes", "bufferViews"])
def test_a_glb_with_a_list_missing_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(SceneError, match=key):
        load_scene(_repack(write_glb(tmp_path / "broken.glb", stage()), {key: []}))


@pytest.mark.parametrize("line", ["v 1 2", "f 1 2 9", "v a b c"])
def test_a_broken_line_in_obj_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "broken.obj"
    path.write_text(f"v 0 0 0\nv 0 1 0\n{line}\n")
    with pytest.raises(SceneError, match="Line 3"):
        load_scene(path)
