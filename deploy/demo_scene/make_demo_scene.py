"""Make the demo scene: `python deploy/demo_scene/make_demo_scene.py [FOLDER]` writes demo.glb and demo.json.

Needs numpy, xatlas and pygltflib. The objects of each map are unwrapped into one atlas of their own, with room for a
padding of 8 texels around every chart at 1024 x 1024. demo.json says which object belongs to which map. No two faces
lie in one plane, so that no renderer has to choose between them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pygltflib
import xatlas
from demo_shapes import Mesh, ball, box, join, knot, lathe, plane, ring

RESOLUTION, GUTTER = 1024, 28
LEAST_GUTTER = 2 * 8
"""Texels between charts at RESOLUTION; GUTTER is larger because xatlas makes the atlas larger than asked for."""
Colour = tuple[float, float, float]
STONE, PLASTER, BRICK = (0.78, 0.74, 0.66), (0.80, 0.76, 0.68), (0.52, 0.17, 0.11)
SLATE, GOLD, BLUE, CREAM = (0.16, 0.19, 0.22), (0.83, 0.56, 0.13), (0.07, 0.22, 0.55), (0.86, 0.82, 0.70)
WOOD, DARK_WOOD, GREEN, RED, IRON = (
    (0.48, 0.28, 0.12),
    (0.22, 0.11, 0.05),
    (0.10, 0.38, 0.22),
    (0.62, 0.08, 0.07),
    (0.05, 0.05, 0.06),
)
GLOW = (1.0, 0.62, 0.28)
COLUMN = [
    *((0.40, 0.004), (0.40, 0.16), (0.29, 0.24), (0.28, 1.2), (0.25, 2.34)),
    *((0.25, 2.40), (0.38, 2.52), (0.38, 2.64), (0.0, 2.66)),
]
PLINTH = [(1.45, 0.004), (1.45, 0.18), (1.12, 0.18), (1.12, 0.36), (0.80, 0.36), (0.80, 0.54), (0.0, 0.54)]
VASE = [
    *((0.20, 0.004), (0.24, 0.04), (0.34, 0.18), (0.42, 0.36), (0.43, 0.52), (0.38, 0.68), (0.28, 0.80)),
    *((0.18, 0.92), (0.17, 1.02), (0.22, 1.10), (0.19, 1.11), (0.12, 1.00), (0.0, 0.90)),
]
STAND = [(0.26, 0.004), (0.24, 0.05), (0.06, 0.09), (0.05, 0.62), (0.15, 0.70), (0.0, 0.72)]


@dataclass(frozen=True)
class Item:
    """One object: where it stands, turned around y by `turn` and then around x by `lean` (degrees)."""

    name: str
    mesh: Mesh
    colours: tuple[Colour, ...]
    at: tuple[float, float, float]
    turn: float = 0
    lean: float = 0
    density: float = 1
    """Texels per length, compared with the other objects of the map."""
    glow: dict[int, float] = field(default_factory=dict)
    """Emission of materials by their number, as a multiple of the colour."""


def lamp() -> Mesh:
    """A stand (material 0) with a glowing globe (1)."""
    globe = ball(0.34)
    return join(lathe(28, STAND), Mesh(globe.positions + np.array([0, 0.66, 0]), globe.faces, globe.materials))


def maps() -> list[list[Item]]:
    """The objects of both maps: the architecture and the things in it."""
    columns = [
        Item(f"Column{letter}", lathe(72, COLUMN, flutes=9), (STONE,), (-3.3 + 2.2 * number, 0, -2.7), density=1.5)
        for number, letter in enumerate("ABCD")
    ]
    architecture = [
        Item("Floor", plane(9, 9), (CREAM, SLATE), (0, 0, 0), density=0.8),
        Item("Wall", box(8.8, 3.3, 0.3, band=(6, 2)), (PLASTER, BRICK), (0, 0.004, -4.1), density=0.7),
        *columns,
        Item("Plinth", lathe(64, PLINTH, bands=(2, 3)), (STONE, SLATE), (0.15, 0, 0.1)),
    ]
    things = [
        Item("Knot", knot(0.36, 0.2), (GOLD,), (0.15, 1.83, 0.1), turn=20),
        Item("Ball", ball(0.62, bands=(6, 7, 14, 15)), (BLUE, CREAM), (2.7, 0.066, 1.0), lean=25),
        Item("Lamp", lamp(), (IRON, GLOW), (-2.3, 0, 2.3), glow={1: 5.0}),
        Item("Crate", box(1.25, 1.1, 1.25, band=(5, 1)), (WOOD, DARK_WOOD), (-2.75, 0.005, -0.5), turn=28),
        Item("Parcel", box(0.6, 0.45, 0.5, bottom=True), (GREEN,), (-2.8, 1.11, -0.45), turn=-12),
        Item("Vase", lathe(44, VASE, bands=(3, 7, 8)), (RED, CREAM), (1.5, 0, 2.6)),
        Item("Ring", ring(0.62, 0.17), (GREEN,), (3.2, 0.775, -1.35), turn=-35, lean=-14),
    ]
    return [architecture, things]


def unwrap(items: Sequence[Item]) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]]:
    """One atlas for all items: for each, faces (t, 3) and uv (n, 2) whose origin is at the top left."""
    atlas = xatlas.Atlas()
    for item in items:
        positions = (item.mesh.positions * item.density).astype(np.float32)
        atlas.add_mesh(positions, item.mesh.faces.astype(np.uint32))
    packing = xatlas.PackOptions()
    packing.resolution, packing.padding, packing.bruteForce = RESOLUTION, GUTTER, True
    charts = xatlas.ChartOptions()
    charts.max_cost, charts.normal_deviation_weight, charts.roundness_weight = 6.0, 0.6, 0.0
    atlas.generate(charts, packing)
    size = max(atlas.width, atlas.height)
    if LEAST_GUTTER * size > GUTTER * RESOLUTION:
        raise SystemExit(f"The atlas became {size} texels wide: the gutter is too narrow, raise GUTTER.")
    # xatlas divides by width and height; one divisor for both keeps the charts' proportions.
    scale = np.array([atlas.width / size, atlas.height / size])
    return [(faces.astype(np.int64), uv * scale) for _, faces, uv in (atlas[index] for index in range(len(items)))]


class GlbWriter:
    """Collects objects into one binary glTF file."""

    def __init__(self) -> None:
        self._gltf = pygltflib.GLTF2(asset=pygltflib.Asset(version="2.0"), scene=0, scenes=[pygltflib.Scene(nodes=[])])
        self._blob = bytearray()

    def add(self, item: Item, faces: npt.NDArray[np.int64], uv: npt.NDArray[np.float64], map_index: int) -> None:
        """Add an object: one primitive per material, one node with its place."""
        primitives = [self._primitive(item, faces, uv, number) for number in range(len(item.colours))]
        self._gltf.meshes.append(pygltflib.Mesh(name=item.name, primitives=primitives))
        node = pygltflib.Node(
            name=item.name,
            mesh=len(self._gltf.meshes) - 1,
            translation=list(item.at),
            rotation=_quaternion(item.turn, item.lean),
            extras={"map": map_index},
        )
        self._gltf.nodes.append(node)
        self._gltf.scenes[0].nodes.append(len(self._gltf.nodes) - 1)

    def write(self, path: Path) -> None:
        """Write the file."""
        self._gltf.extensionsUsed = ["KHR_materials_emissive_strength"]
        self._gltf.buffers = [pygltflib.Buffer(byteLength=len(self._blob))]
        self._gltf.set_binary_blob(bytes(self._blob))
        self._gltf.save_binary(str(path))

    def _primitive(
        self, item: Item, faces: npt.NDArray[np.int64], uv: npt.NDArray[np.float64], number: int
    ) -> pygltflib.Primitive:
        chosen = item.mesh.materials == number
        positions = item.mesh.positions[item.mesh.faces[chosen]]
        corners = np.concatenate([positions, item.mesh.corner_normals()[chosen], uv[faces[chosen]]], axis=2)
        vertices, indices = np.unique(corners.reshape(-1, 8).astype(np.float32), axis=0, return_inverse=True)
        attributes = pygltflib.Attributes(
            POSITION=self._accessor(vertices[:, :3], "VEC3"),
            NORMAL=self._accessor(vertices[:, 3:6], "VEC3"),
            TEXCOORD_0=self._accessor(vertices[:, 6:], "VEC2"),
        )
        return pygltflib.Primitive(
            attributes=attributes,
            indices=self._accessor(indices.ravel().astype(np.uint16), "SCALAR"),
            material=self._material(item, number),
        )

    def _material(self, item: Item, number: int) -> int:
        colour, strength = item.colours[number], item.glow.get(number, 0.0)
        material = pygltflib.Material(
            name=f"{item.name}-{number}",
            pbrMetallicRoughness=pygltflib.PbrMetallicRoughness(
                baseColorFactor=[*colour, 1.0], metallicFactor=0.0, roughnessFactor=0.9
            ),
        )
        if strength:
            material.emissiveFactor = list(colour)
            material.extensions = {"KHR_materials_emissive_strength": {"emissiveStrength": strength}}
        self._gltf.materials.append(material)
        return len(self._gltf.materials) - 1

    def _accessor(self, values: npt.NDArray[np.float32] | npt.NDArray[np.uint16], kind: str) -> int:
        is_index = values.dtype == np.uint16
        self._blob += b"\0" * (-len(self._blob) % 4)
        view = pygltflib.BufferView(
            buffer=0,
            byteOffset=len(self._blob),
            byteLength=values.nbytes,
            target=pygltflib.ELEMENT_ARRAY_BUFFER if is_index else pygltflib.ARRAY_BUFFER,
        )
        self._blob += np.ascontiguousarray(values).tobytes()
        self._gltf.bufferViews.append(view)
        rows = values.reshape(len(values), -1)
        accessor = pygltflib.Accessor(
            bufferView=len(self._gltf.bufferViews) - 1,
            componentType=pygltflib.UNSIGNED_SHORT if is_index else pygltflib.FLOAT,
            count=len(values),
            type=kind,
            min=rows.min(axis=0).tolist(),
            max=rows.max(axis=0).tolist(),
        )
        self._gltf.accessors.append(accessor)
        return len(self._gltf.accessors) - 1


def _quaternion(turn: float, lean: float) -> list[float]:
    """Rotation (x, y, z, w): first around x, then around y."""
    half_turn, half_lean = np.radians(turn) / 2, np.radians(lean) / 2
    (sin_y, cos_y), (sin_x, cos_x) = ((np.sin(half), np.cos(half)) for half in (half_turn, half_lean))
    return [float(value) for value in (cos_y * sin_x, sin_y * cos_x, -sin_y * sin_x, cos_y * cos_x)]


def main() -> None:
    """Write demo.glb and demo.json."""
    parser = argparse.ArgumentParser(description="Make the demo scene.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path(__file__).parent)
    folder: Path = parser.parse_args().folder
    writer = GlbWriter()
    all_maps = maps()
    for map_index, items in enumerate(all_maps):
        for item, (faces, uv) in zip(items, unwrap(items), strict=True):
            writer.add(item, faces, uv, map_index)
    writer.write(folder / "demo.glb")
    names = {"maps": [[item.name for item in items] for items in all_maps]}
    (folder / "demo.json").write_text(json.dumps(names, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
