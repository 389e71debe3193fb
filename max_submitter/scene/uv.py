"""Texture coordinates of a node, of its mesh with all modifiers applied (MAX-03)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from max_submitter.scene.access import MaxAccess
from max_submitter.scene.facts import UvTriangles

TRIANGLES_PER_SLICE: Final = 500
"""So few that a slice is short even if a call of 3ds Max takes ten times as long as is believed."""


def channels_of(max_: MaxAccess, node: Any) -> tuple[int, ...]:
    """Channels that hold coordinates, from 1; channel 0 is vertex colour."""
    with _mesh(max_, node) as mesh:
        channels = range(1, int(max_.rt.meshop.getNumMaps(mesh)))
        return tuple(channel for channel in channels if _has_coordinates(max_, mesh, channel))


def slices_of(max_: MaxAccess, node: Any, channel: int, limit: int) -> Iterator[UvTriangles]:
    """u, v of three corners per triangle, of at most `limit` triangles; none if the channel is empty.

    One call of 3ds Max per triangle and vertex, hence the slices (MAX-22).
    """
    with _mesh(max_, node) as mesh:
        if channel >= int(max_.rt.meshop.getNumMaps(mesh)) or not _has_coordinates(max_, mesh, channel):
            yield UvTriangles((), is_complete=True)
            return
        count = int(max_.rt.meshop.getNumMapFaces(mesh, channel))
        vertices: dict[int, tuple[float, float]] = {}
        for begin in range(1, min(count, limit) + 1, TRIANGLES_PER_SLICE):
            faces = range(begin, min(begin + TRIANGLES_PER_SLICE, min(count, limit) + 1))
            yield UvTriangles(_coordinates(max_, mesh, channel, faces, vertices), is_complete=count <= limit)


def _coordinates(
    max_: MaxAccess, mesh: Any, channel: int, faces: range, known: dict[int, tuple[float, float]]
) -> list[float]:
    """Corners of some triangles; `known` keeps the vertices that were asked for before."""
    corners: list[float] = []
    for face in faces:
        for vertex in _corners(max_, mesh, channel, face):
            if vertex not in known:
                point = max_.rt.meshop.getMapVert(mesh, channel, vertex)
                known[vertex] = (float(point.x), float(point.y))
            corners += known[vertex]
    return corners


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
