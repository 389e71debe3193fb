"""Everything in the scene as one set of triangles that rays can hit. Does not shade.

The scene is moved and scaled into a unit space (centre of its bounding box at the origin, diagonal 1), always as a
whole, so that offsets, distances and lights suit scenes of any size and no result depends on the objects baked.
Embree answers only yes or no and which triangle: its own hit coordinates differ in the last bit between instruction
sets, so they are computed again here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene

from flatiron_tasks.contracts.errors import SceneError
from workers.reference_renderer.scene import Scene, SceneObject
from workers.reference_renderer.vectors import ONE, Bools, Floats, Indices, Vectors, blend, cross, dot, normalise

RAY_OFFSET = np.float32(1e-4)
_MIN_DETERMINANT = np.float32(1e-20)


@dataclass(frozen=True)
class Surface:
    """n points on surfaces, with what is needed to shade them."""

    points: Vectors
    """Already lifted off the surface, as starts of rays."""
    normals: Vectors
    face_normals: Vectors
    base_colour: Vectors
    emission: Vectors


@dataclass(frozen=True)
class Hits:
    """The m rays of a batch that hit something."""

    rays: Indices
    triangles: Indices
    distances: Floats
    weights: Vectors
    front: Bools
    """False where the back of a face was hit: the ray ran inside a solid."""

    def front_only(self) -> Hits:
        """The hits on front faces."""
        keep = self.front
        return Hits(
            self.rays[keep], self.triangles[keep], self.distances[keep], self.weights[:, keep], self.front[keep]
        )


class World:
    """The whole scene in unit space, ready for rays."""

    def __init__(self, scene: Scene) -> None:
        """Build from a scene. Raises SceneError when it has no extent."""
        low, high = scene.bounds()
        diagonal = float(np.sqrt(((high - low) ** 2).sum()))
        if diagonal <= 0:
            raise SceneError(f"Scene {scene.path} has no extent: all its vertices are one point.")
        self.half_extent = ((high - low) / (2 * diagonal)).astype(np.float32)
        positions = _stack(scene, "positions", (3, 3))
        triangles = ((positions - (low + high) / 2) / diagonal).astype(np.float32)
        self._corners = _planar(triangles)
        self._normals = _planar(_stack(scene, "normals", (3, 3)).astype(np.float32))
        self._base_colour = _columns(_stack(scene, "base_colour", (3,)))
        self._emission = _columns(_stack(scene, "emission", (3,)))
        self._face_normals = self._oriented_face_normals()
        counts = [len(item.positions) for item in scene.objects]
        self._first = {id(item): sum(counts[:index]) for index, item in enumerate(scene.objects)}
        self._scene = EmbreeScene(robust=True)
        self._mesh = TriangleMesh(self._scene, np.ascontiguousarray(triangles))

    def first_triangle(self, item: SceneObject) -> int:
        """Number of the object's first triangle in the world; the others follow."""
        return self._first[id(item)]

    def surface(self, triangles: Indices, weights: Vectors) -> Surface:
        """Points on triangles given by barycentric weights (3, n)."""
        a, b, c = (corner[:, triangles] for corner in self._corners)
        face_normals = self._face_normals[:, triangles]
        normal_a, normal_b, normal_c = (normal[:, triangles] for normal in self._normals)
        normals = normalise(blend(normal_a, normal_b, normal_c, weights))
        return Surface(
            points=blend(a, b, c, weights) + face_normals * RAY_OFFSET,
            normals=np.where(dot(normals, normals) > 0, normals, face_normals),
            face_normals=face_normals,
            base_colour=self._base_colour[:, triangles],
            emission=self._emission[:, triangles],
        )

    def occluded(self, origins: Vectors, directions: Vectors, distances: Floats | None = None) -> Bools:
        """Whether anything stands in the way of each ray, up to a distance if one is given."""
        if origins.shape[1] == 0:
            return np.zeros(0, dtype=np.bool_)
        reach = {} if distances is None else {"dists": distances}
        answers = self._scene.run(_rows(origins), _rows(directions), query="OCCLUDED", **reach)
        blocked: Bools = answers != -1
        return blocked

    def closest_hits(self, origins: Vectors, directions: Vectors) -> Hits:
        """What each ray meets first."""
        triangles = self._scene.run(_rows(origins), _rows(directions))
        rays = np.flatnonzero(triangles != -1)
        return self._intersect(rays, triangles[rays].astype(np.int64), origins[:, rays], directions[:, rays])

    def _intersect(self, rays: Indices, triangles: Indices, origins: Vectors, directions: Vectors) -> Hits:
        """Moeller and Trumbore's intersection with the triangle that is known to be hit."""
        a, b, c = (corner[:, triangles] for corner in self._corners)
        edge_b, edge_c = b - a, c - a
        p = cross(directions, edge_c)
        determinant = dot(edge_b, p)
        safe = np.where(np.abs(determinant) < _MIN_DETERMINANT, _MIN_DETERMINANT, determinant)
        to_origin = origins - a
        q = cross(to_origin, edge_b)
        u = np.clip(dot(to_origin, p) / safe, 0, 1)
        v = np.clip(dot(directions, q) / safe, 0, ONE - u)
        distances = np.maximum(dot(edge_c, q) / safe, 0)
        front = dot(self._face_normals[:, triangles], directions) < 0
        return Hits(rays, triangles, distances, np.stack([ONE - u - v, u, v]), front)

    def _oriented_face_normals(self) -> Vectors:
        """Normals of the triangles, on the side of their corners' normals whatever their winding."""
        a, b, c = self._corners
        faces = normalise(cross(b - a, c - a))
        mean = self._normals[0] + self._normals[1] + self._normals[2]
        return np.where(dot(faces, mean) < 0, -faces, faces)


def _stack(scene: Scene, attribute: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    arrays = [np.asarray(getattr(item, attribute)).reshape(-1, *shape) for item in scene.objects]
    stacked: npt.NDArray[np.float64] = np.concatenate(arrays)
    return stacked


def _planar(corners: npt.NDArray[np.float32]) -> tuple[Vectors, Vectors, Vectors]:
    """(t, 3 corners, 3) as one array (3, t) per corner."""
    a, b, c = (np.ascontiguousarray(corners[:, index].T) for index in range(3))
    return a, b, c


def _columns(rows: npt.NDArray[np.float64]) -> Vectors:
    return np.ascontiguousarray(rows.T.astype(np.float32))


def _rows(vectors: Vectors) -> Vectors:
    """The layout that Embree reads: (n, 3)."""
    return np.ascontiguousarray(vectors.T)
