"""Texture coordinates of a node, of its mesh with all modifiers applied (MAX-03)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from max_submitter.scene.access import MaxAccess
from max_submitter.scene.facts import UvTriangles


def channels_of(max_: MaxAccess, node: Any) -> tuple[int, ...]:
    """Channels that hold coordinates, from 1; channel 0 is vertex colour."""
    with _mesh(max_, node) as mesh:
        channels = range(1, int(max_.rt.meshop.getNumMaps(mesh)))
        return tuple(channel for channel in channels if _has_coordinates(max_, mesh, channel))


def triangles_of(max_: MaxAccess, node: Any, channel: int, limit: int) -> UvTriangles:
    """u, v of three corners per triangle, of at most `limit` triangles; none if the channel is empty.

    One call of 3ds Max per triangle and vertex: nobody here knows how slow that is (MAX-22).
    """
    with _mesh(max_, node) as mesh:
        if channel >= int(max_.rt.meshop.getNumMaps(mesh)) or not _has_coordinates(max_, mesh, channel):
            return UvTriangles((), is_complete=True)
        count = int(max_.rt.meshop.getNumMapFaces(mesh, channel))
        vertices: dict[int, tuple[float, float]] = {}
        corners: list[float] = []
        for face in range(1, min(count, limit) + 1):
            for vertex in _corners(max_, mesh, channel, face):
                if vertex not in vertices:
                    point = max_.rt.meshop.getMapVert(mesh, channel, vertex)
                    vertices[vertex] = (float(point.x), float(point.y))
                corners += vertices[vertex]
        return UvTriangles(corners, is_complete=count <= limit)


def _has_coordinates(max_: MaxAccess, mesh: Any, channel: int) -> bool:
    meshop = max_.rt.meshop
    return bool(meshop.getMapSupport(mesh, channel)) and int(meshop.getNumMapVerts(mesh, channel)) > 0


def _corners(max_: MaxAccess, mesh: Any, channel: int, face: int) -> tuple[int, int, int]:
    """Numbers of three vertices; MAXScript gives them as a point of floats."""
    point = max_.rt.meshop.getMapFace(mesh, channel, face)
    return int(point.x), int(point.y), int(point.z)


@contextmanager
def _mesh(max_: MaxAccess, node: Any) -> Iterator[Any]:
    """A copy of the node's mesh, freed afterwards: MAXScript would keep its memory until the next collection."""
    mesh = max_.rt.snapshotAsMesh(node)
    try:
        yield mesh
    finally:
        max_.rt.delete(mesh)
