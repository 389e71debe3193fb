"""Small scenes (GLB by pygltflib), tasks and a reader of pieces (by OpenImageIO) for the renderer's tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO
import pygltflib

from flatiron_tasks.contracts.node_task import NodeTask, TaskObject, TaskOutput

Array = npt.NDArray[np.float32]
KINDS = {
    "CompleteMap": "color",
    "LightingMap": "color",
    "DiffuseMap": "color",
    "ShadowsMap": "data",
    "AmbientOcclusion": "data",
    "NormalsMap": "normal",
}
QUAD = [[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1]]
"""Facing up, in the order of QUAD_FACES."""
QUAD_FACES = [[0, 2, 1], [0, 3, 2]]


@dataclass
class Example:
    """One object; `uv` has its origin at the top left, as in glTF."""

    name: str | None
    positions: Sequence[Sequence[float]]
    faces: Sequence[Sequence[int]]
    uv: Sequence[Sequence[float]] | None
    colour: tuple[float, float, float] = (0.5, 0.5, 0.5)
    emission: tuple[float, float, float] = (0, 0, 0)
    node: dict[str, Any] = field(default_factory=dict)


def quad(name: str | None, rectangle: tuple[float, float, float, float], *, size: float = 1, **more: Any) -> Example:
    """A square facing up whose texture coordinates fill (left, top, right, bottom)."""
    left, top, right, bottom = rectangle
    positions = [[size * value for value in corner] for corner in QUAD]
    return Example(name, positions, QUAD_FACES, [[left, top], [right, top], [right, bottom], [left, bottom]], **more)


def pyramid(name: str, rectangle: tuple[float, float, float, float], **more: Any) -> Example:
    """Four sides that meet above the ground, all unwrapped side by side into one rectangle."""
    left, top, right, bottom = rectangle
    low = [[-0.5, 0.01, 0.5], [0.5, 0.01, 0.5], [0.5, 0.01, -0.5], [-0.5, 0.01, -0.5]]
    positions, faces, uv = [], [], []
    for side in range(4):
        positions += [low[side], low[(side + 1) % 4], [0, 0.9, 0]]
        faces.append([3 * side, 3 * side + 1, 3 * side + 2])
        step = (right - left) / 4
        begin = left + side * step
        uv += [[begin, bottom], [begin + step * 0.9, bottom], [begin + step * 0.45, top]]
    return Example(name, positions, faces, uv, **more)


def stage() -> list[Example]:
    """Ground, two things on it and a lamp; Block's and Lamp's coordinates overlap."""
    return [
        quad("Ground", (0.02, 0.02, 0.55, 0.98), size=2),
        pyramid("Block", (0.60, 0.05, 0.98, 0.45), colour=(0.8, 0.2, 0.1)),
        quad("Lamp", (0.70, 0.30, 0.95, 0.70), size=0.3, emission=(3, 2, 1), node={"translation": [1.2, 0.4, 0.3]}),
        pyramid("Tent", (0.60, 0.75, 0.98, 0.97), node={"translation": [-1.1, 0, 0.8], "scale": [0.8, 1.4, 0.8]}),
    ]


def write_glb(path: Path, objects: Sequence[Example]) -> Path:
    """A binary glTF file without normals, one node and material per object."""
    gltf = pygltflib.GLTF2(asset=pygltflib.Asset(version="2.0"), scene=0, scenes=[pygltflib.Scene(nodes=[])])
    blob = bytearray()

    def accessor(values: npt.NDArray[Any], component: int, kind: str) -> int:
        view = pygltflib.BufferView(buffer=0, byteOffset=len(blob), byteLength=values.nbytes)
        blob.extend(values.tobytes())
        gltf.bufferViews.append(view)
        count = len(values)
        gltf.accessors.append(
            pygltflib.Accessor(bufferView=len(gltf.bufferViews) - 1, componentType=component, count=count, type=kind)
        )
        return len(gltf.accessors) - 1

    for item in objects:
        attributes = pygltflib.Attributes(
            POSITION=accessor(np.array(item.positions, np.float32).reshape(-1, 3), pygltflib.FLOAT, "VEC3")
        )
        if item.uv is not None:
            attributes.TEXCOORD_0 = accessor(np.array(item.uv, np.float32), pygltflib.FLOAT, "VEC2")
        indices = accessor(np.array(item.faces, np.uint32).reshape(-1), pygltflib.UNSIGNED_INT, "SCALAR")
        gltf.materials.append(
            pygltflib.Material(
                emissiveFactor=list(item.emission),
                pbrMetallicRoughness=pygltflib.PbrMetallicRoughness(baseColorFactor=[*item.colour, 1.0]),
            )
        )
        primitive = pygltflib.Primitive(attributes=attributes, indices=indices, material=len(gltf.materials) - 1)
        gltf.meshes.append(pygltflib.Mesh(primitives=[primitive]))
        gltf.nodes.append(pygltflib.Node(name=item.name, mesh=len(gltf.meshes) - 1, **item.node))
        gltf.scenes[0].nodes.append(len(gltf.nodes) - 1)
    gltf.buffers = [pygltflib.Buffer(byteLength=len(blob))]
    gltf.set_binary_blob(bytes(blob))
    gltf.save_binary(str(path))
    return path


def write_obj(path: Path, objects: Sequence[Example], *, keyword: str = "o") -> Path:
    """A Wavefront file and its material library; transforms are not written."""
    lines, library = [f"mtllib {path.stem}.mtl"], []
    first = 1
    for item in objects:
        lines += [f"{keyword} {item.name}", f"usemtl {item.name}"]
        library += [f"newmtl {item.name}", "Kd {} {} {}".format(*item.colour), "Ke {} {} {}".format(*item.emission)]
        lines += ["v {} {} {}".format(*position) for position in item.positions]
        lines += [f"vt {u} {1 - v}" for u, v in item.uv or []]
        for face in item.faces:
            lines.append("f " + " ".join(f"{first + i}/{first + i}" for i in face))
        first += len(item.positions)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.with_suffix(".mtl").write_text("\n".join(library) + "\n", encoding="utf-8")
    return path


def output(element: str, path: Path, **changes: Any) -> TaskOutput:
    """An output of 64 x 64 texels, all rows."""
    values: dict[str, Any] = {
        "element": element,
        "kind": KINDS.get(element, "color"),
        "width": 64,
        "height": 64,
        "row_begin": 0,
        "row_end": 64,
        "pixel_type": "float",
        "path": str(path),
    }
    return TaskOutput(**(values | changes))


def node_task(scene: Path, names: Sequence[str], outputs: Sequence[TaskOutput], **changes: Any) -> NodeTask:
    """A task with 3 samples."""
    options: Mapping[str, Any] = {"samples": 3}
    values: dict[str, Any] = {
        "schema_version": 1,
        "job_id": "20260131-142501-7f3a9c0d",
        "task": 1,
        "pass_index": 0,
        "strip": 0,
        "attempt": "019c1234abcd-0a1b2c3d",
        "scene": str(scene),
        "objects": tuple(TaskObject(name, 1) for name in names),
        "map_index": 0,
        "frame": 0,
        "outputs": tuple(outputs),
        "options": options,
    }
    return NodeTask(**(values | changes))


def open_piece(path: Path) -> OpenImageIO.ImageInput:
    """An image file, opened."""
    image = OpenImageIO.ImageInput.open(str(path))
    assert image is not None, OpenImageIO.geterror()
    return image


def read_map(path: Path) -> Array:
    """A piece as the whole map, (height, width, 4); outside the data window it is 0."""
    image = open_piece(path)
    spec = image.spec()
    whole = np.zeros((spec.full_height, spec.full_width, 4), dtype=np.float32)
    whole[spec.y : spec.y + spec.height, spec.x : spec.x + spec.width] = image.read_image(OpenImageIO.FLOAT)
    image.close()
    return whole
