"""Shapes of the demo scene: triangle meshes with material numbers and creased normals, y up. Writes no files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Surface = Callable[[Array, Array], Array]
_CREASE = np.cos(np.radians(40))


@dataclass(frozen=True)
class Mesh:
    """v vertices and t triangles; `materials` (t,) are numbers within the object."""

    positions: Array
    faces: Indices
    materials: Indices

    def corner_normals(self) -> Array:
        """Normals of the triangles' corners (t, 3, 3): smooth across edges flatter than 40 degrees."""
        a, b, c = (self.positions[self.faces[:, index]] for index in range(3))
        weighted = np.cross(b - a, c - a)
        unit = weighted / np.linalg.norm(weighted, axis=1, keepdims=True)
        around: list[list[int]] = [[] for _ in self.positions]
        for face, vertices in enumerate(self.faces):
            for vertex in vertices:
                around[vertex].append(face)
        normals = np.empty((len(self.faces), 3, 3))
        for face, vertices in enumerate(self.faces):
            for corner, vertex in enumerate(vertices):
                near = np.array(around[vertex])
                normals[face, corner] = weighted[near[unit[near] @ unit[face] > _CREASE]].sum(axis=0)
        return _unit(normals)


def join(*meshes: Mesh) -> Mesh:
    """Several meshes as one; their material numbers follow each other."""
    positions, faces, materials = [], [], []
    vertices = numbers = 0
    for mesh in meshes:
        positions.append(mesh.positions)
        faces.append(mesh.faces + vertices)
        materials.append(mesh.materials + numbers)
        vertices += len(mesh.positions)
        numbers += int(mesh.materials.max()) + 1
    return Mesh(np.concatenate(positions), np.concatenate(faces), np.concatenate(materials))


def grid(
    columns: int, rows: int, surface: Surface, material: Callable[[Indices, Indices], Indices] | None = None
) -> Mesh:
    """A parametric surface over the unit square; points that coincide are joined, so closed surfaces close."""
    u, v = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1), indexing="ij")
    positions, joined = np.unique(surface(u, v).reshape(-1, 3).round(6), axis=0, return_inverse=True)
    i, j = (index.ravel() for index in np.meshgrid(np.arange(columns), np.arange(rows), indexing="ij"))
    corner = i * (rows + 1) + j
    quads = np.stack([corner, corner + rows + 1, corner + rows + 2, corner + 1], axis=1)
    faces = joined.ravel()[np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]], axis=1).reshape(-1, 3)]
    numbers = np.zeros(len(quads), dtype=np.int64) if material is None else material(i, j)
    whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return Mesh(positions, faces[whole], np.repeat(numbers, 2)[whole])


def plane(size: float, tiles: int) -> Mesh:
    """A square on the ground, chequered."""
    return grid(tiles, tiles, lambda u, v: _points((u - 0.5) * size, 0 * u, (0.5 - v) * size), lambda i, j: (i + j) % 2)


def box(width: float, height: float, depth: float, *, band: tuple[int, int] = (1, 0), bottom: bool = False) -> Mesh:
    """A box that stands on the ground, open below unless told; (n, k): its sides have n rows, the lowest k differ."""
    rows, low = band
    turns = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1], [1, 1]]) * 0.5

    def sides(u: Array, v: Array) -> Array:
        at = np.round(u * 4).astype(np.int64)
        return _points(turns[at, 0] * width, v * height, -turns[at, 1] * depth)

    def lid(u: Array, v: Array) -> Array:
        return _points((u - 0.5) * width, height + 0 * u, (0.5 - v) * depth)

    parts = [grid(4, rows, sides, lambda _, j: np.where(j < low, 1, 0)), grid(1, 1, lid)]
    if bottom:
        parts.append(grid(1, 1, lambda u, v: _points((u - 0.5) * width, 0 * u, (v - 0.5) * depth)))
    joined = join(*parts)
    return Mesh(joined.positions, joined.faces, np.where(joined.materials == 1, 1 if low else 0, 0))


def lathe(segments: int, profile: list[tuple[float, float]], *, flutes: int = 0, bands: tuple[int, ...] = ()) -> Mesh:
    """A turned solid from (radius, height) upwards; the rows in `bands` have material 1."""
    radii, heights = np.array(profile).T

    def turned(u: Array, v: Array) -> Array:
        row = np.round(v * (len(profile) - 1)).astype(np.int64)
        angle = u * 2 * np.pi
        middle = (row > 1) & (row < len(profile) - 2)
        radius = radii[row] * np.where(middle, 1 - 0.07 * np.cos(flutes * angle) ** 2 * (flutes > 0), 1)
        return _points(radius * np.cos(angle), heights[row], -radius * np.sin(angle))

    return grid(segments, len(profile) - 1, turned, lambda _, j: np.isin(j, bands).astype(np.int64))


def ball(radius: float, *, bands: tuple[int, ...] = (), rows: int = 22) -> Mesh:
    """A sphere that touches the ground."""
    angles = np.linspace(0, np.pi, rows + 1)
    return lathe(36, [(radius * np.sin(a), radius - radius * np.cos(a)) for a in angles], bands=bands)


def tube(path: Callable[[Array], Array], radius: float, segments: int, sides: int) -> Mesh:
    """A closed tube around a closed curve over 0..1."""

    def around(u: Array, v: Array) -> Array:
        ahead, behind = path(u + 1e-4), path(u - 1e-4)
        tangent = ahead - behind
        across = _unit(np.cross(tangent, ahead + behind))
        outward = _unit(np.cross(across, tangent))
        angle = -v[..., None] * 2 * np.pi
        return path(u) + radius * (np.cos(angle) * outward + np.sin(angle) * across)

    return grid(segments, sides, around)


def knot(size: float, radius: float) -> Mesh:
    """A trefoil knot around the origin."""

    def path(u: Array) -> Array:
        angle = u * 2 * np.pi
        wide = 2 + np.cos(3 * angle)
        return size * _points(wide * np.cos(2 * angle), wide * np.sin(2 * angle), -np.sin(3 * angle))

    return tube(path, radius, 150, 14)


def ring(size: float, radius: float) -> Mesh:
    """A torus around the z axis."""
    return tube(lambda u: size * _points(np.cos(u * 2 * np.pi), np.sin(u * 2 * np.pi), 0 * u), radius, 48, 14)


def _points(x: Array, y: Array, z: Array) -> Array:
    return np.stack([x, y, z], axis=-1)


def _unit(vectors: Array) -> Array:
    unit: Array = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit
