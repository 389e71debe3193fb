"""Read the objects of a glTF 2.0 scene: every node with a mesh, under the node's name, in world space.

Takes triangles, normals, TEXCOORD_0, base colour and emission factors. Does not take textures, vertex colours, skins,
morph targets, cameras or lights. A node without a name gets that of its mesh.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from workers.reference_renderer.gltf_container import GltfFile, refuse_file
from workers.reference_renderer.scene import SceneObject, face_normals, unit

_TRIANGLES = 4
Matrix = npt.NDArray[np.float64]


def read_gltf(path: Path) -> tuple[SceneObject, ...]:
    """All objects of the file's default scene, depth first in the order of the file. Raises SceneError."""
    file = GltfFile(path)
    try:
        return tuple(_object(file, node, matrix) for node, matrix in _mesh_nodes(file))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        refuse_file(path, f"Its structure is broken ({type(error).__name__}: {error}).")


def _mesh_nodes(file: GltfFile) -> Iterator[tuple[int, Matrix]]:
    """Index and world matrix of every node with a mesh."""
    pending = [(index, np.eye(4)) for index in reversed(_roots(file))]
    seen: set[int] = set()
    while pending:
        index, parent = pending.pop()
        if index in seen:
            refuse_file(file.path, f"Node {index} has two parents.")
        seen.add(index)
        node = file.entry("nodes", index)
        matrix = _multiply(parent, _local_matrix(node))
        if "mesh" in node:
            yield index, matrix
        pending.extend((child, matrix) for child in reversed(node.get("children", [])))


def _roots(file: GltfFile) -> list[int]:
    if file.root.get("scenes"):
        return list(file.entry("scenes", file.root.get("scene", 0)).get("nodes", []))
    nodes = file.root.get("nodes", [])
    children = {child for node in nodes for child in node.get("children", [])}
    return [index for index in range(len(nodes)) if index not in children]


def _local_matrix(node: dict[str, Any]) -> Matrix:
    """Matrix of a node, from `matrix` (column-major) or translation, rotation (x, y, z, w) and scale."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    x, y, z, w = (float(value) for value in node.get("rotation", (0, 0, 0, 1)))
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * np.array(node.get("scale", (1, 1, 1)), dtype=np.float64)
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix


def _multiply(a: Matrix, b: Matrix) -> Matrix:
    """Matrix product in a fixed order of additions; `@` may differ in the last bit between CPUs."""
    product: Matrix = a[:, 0:1] * b[0] + a[:, 1:2] * b[1] + a[:, 2:3] * b[2] + a[:, 3:4] * b[3]
    return product


def _apply(matrix: Matrix, vectors: Matrix) -> Matrix:
    """Multiply vectors along the last axis by a 3x3 matrix, in a fixed order of additions."""
    turned: Matrix = (
        vectors[..., 0:1] * matrix[:, 0] + vectors[..., 1:2] * matrix[:, 1] + vectors[..., 2:3] * matrix[:, 2]
    )
    return turned


def _object(file: GltfFile, index: int, matrix: Matrix) -> SceneObject:
    node = file.entry("nodes", index)
    mesh = file.entry("meshes", node["mesh"])
    name = node.get("name") or mesh.get("name") or f"node-{index}"
    parts = [_primitive(file, name, primitive, matrix) for primitive in mesh["primitives"]]
    uvs = [part.uv for part in parts if part.uv is not None]
    return SceneObject(
        name=name,
        positions=np.concatenate([part.positions for part in parts]),
        normals=np.concatenate([part.normals for part in parts]),
        uv=np.concatenate(uvs) if len(uvs) == len(parts) else None,
        base_colour=np.concatenate([part.base_colour for part in parts]),
        emission=np.concatenate([part.emission for part in parts]),
    )


def _primitive(file: GltfFile, name: str, primitive: dict[str, Any], matrix: Matrix) -> SceneObject:
    if primitive.get("mode", _TRIANGLES) != _TRIANGLES:
        refuse_file(file.path, f"Object {name!r} is made of points, lines, strips or fans instead of triangles.")
    attributes = primitive["attributes"]
    vertices = file.accessor(attributes["POSITION"])
    faces = _faces(file, name, primitive, len(vertices))
    if _determinant(matrix) < 0:
        faces = faces[:, ::-1]  # a mirroring node turns the winding round (glTF 2.0, 3.7.4)
    positions = _apply(matrix[:3, :3], vertices[faces]) + matrix[:3, 3]
    normals = face_normals(positions)
    if "NORMAL" in attributes:
        normals = unit(_apply(_cofactors(matrix), file.accessor(attributes["NORMAL"])[faces]))
    uv = file.accessor(attributes["TEXCOORD_0"])[faces] if "TEXCOORD_0" in attributes else None
    colour, emission = _material(file, primitive.get("material"))
    shape = (len(faces), 3)
    return SceneObject(name, positions, normals, uv, np.broadcast_to(colour, shape), np.broadcast_to(emission, shape))


def _faces(file: GltfFile, name: str, primitive: dict[str, Any], vertices: int) -> npt.NDArray[np.int64]:
    if "indices" in primitive:
        indices = file.accessor(primitive["indices"]).astype(np.int64).reshape(-1)
    else:
        indices = np.arange(vertices, dtype=np.int64)
    if len(indices) % 3 or bool(np.any(indices >= vertices)):
        refuse_file(file.path, f"The triangle indices of object {name!r} are broken.")
    return indices.reshape(-1, 3)


def _determinant(matrix: Matrix) -> float:
    rows = matrix[:3, :3]
    return float(sum(a * b for a, b in zip(rows[0], np.cross(rows[1], rows[2]), strict=True)))


def _cofactors(matrix: Matrix) -> Matrix:
    """What normals are multiplied by: the inverse transpose but for a positive factor."""
    columns = matrix[:3, :3].T
    a, b, c = columns
    sign = -1.0 if _determinant(matrix) < 0 else 1.0
    return sign * np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)


def _material(file: GltfFile, index: int | None) -> tuple[Matrix, Matrix]:
    """Linear base colour and emission of a material; white and dark without one."""
    material = {} if index is None else file.entry("materials", index)
    colour = material.get("pbrMetallicRoughness", {}).get("baseColorFactor", (1, 1, 1, 1))[:3]
    strength = material.get("extensions", {}).get("KHR_materials_emissive_strength", {}).get("emissiveStrength", 1.0)
    emission = np.array(material.get("emissiveFactor", (0, 0, 0)), dtype=np.float64) * float(strength)
    return np.array(colour, dtype=np.float64), emission
