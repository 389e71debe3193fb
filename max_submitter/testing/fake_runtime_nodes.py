"""Nodes of the fake runtime as the artist's side sees them: handles, instances, user properties, meshes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from max_submitter.testing.fake_runtime_scene import FakeNode

if TYPE_CHECKING:
    from max_submitter.testing.fake_runtime_artist import FakeArtistRuntime


class FakeArtistNode(FakeNode):
    """A node; nodes with one `base` are instances. `uv` holds u, v of three corners per triangle for every channel."""

    def __init__(
        self, rt: FakeArtistRuntime, name: str, *, material: Any, uv: dict[int, Sequence[float]], base: object
    ) -> None:
        super().__init__(rt.tape, name, material=material)
        self.put(rt=rt, uv=uv, base=base, user_properties={}, max_class=rt.Editable_Mesh, super_class=rt.GeometryClass)

    def put(self, **values: Any) -> None:
        """Set what is no property in MAXScript."""
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        before = getattr(self, name)
        super().__setattr__(name, value)
        self.rt.log.note(lambda: self._properties.__setitem__(name, before))
        if name == "material" and self.rt.instanceMgr.autoMtlPropagation:
            self._propagate(value)

    def _propagate(self, material: Any) -> None:
        for node in self.rt.nodes:
            if node is not self and node.base is self.base and node.material is not material:
                node.material = material


@dataclass(eq=False)
class FakeMesh:
    """What `snapshotAsMesh` returns. It keeps its memory until it is deleted."""

    uv: dict[int, Sequence[float]]
    is_deleted: bool = False


@dataclass(frozen=True)
class FakePoint3:
    """A point of floats."""

    x: float
    y: float
    z: float


class FakeMeshOp:
    """`meshop`: map channels count from 0, faces and vertices from 1. Every corner is a vertex of its own."""

    def getNumMaps(self, mesh: FakeMesh) -> int:  # noqa: N802, D102
        return max(mesh.uv, default=0) + 1

    def getMapSupport(self, mesh: FakeMesh, channel: int) -> bool:  # noqa: N802, D102
        return channel in mesh.uv

    def getNumMapVerts(self, mesh: FakeMesh, channel: int) -> int:  # noqa: N802, D102
        return len(self._corners(mesh, channel)) // 2

    def getNumMapFaces(self, mesh: FakeMesh, channel: int) -> int:  # noqa: N802, D102
        return len(self._corners(mesh, channel)) // 6

    def getMapFace(self, mesh: FakeMesh, channel: int, face: int) -> FakePoint3:  # noqa: N802, D102
        if not 1 <= face <= self.getNumMapFaces(mesh, channel):
            raise RuntimeError(f"Mesh map face index out of range: {face}")
        return FakePoint3(3.0 * face - 2, 3.0 * face - 1, 3.0 * face)

    def getMapVert(self, mesh: FakeMesh, channel: int, vertex: int) -> FakePoint3:  # noqa: N802, D102
        corners = self._corners(mesh, channel)
        if not 1 <= vertex <= len(corners) // 2:
            raise RuntimeError(f"Mesh map vertex index out of range: {vertex}")
        return FakePoint3(corners[2 * vertex - 2], corners[2 * vertex - 1], 0.0)

    @staticmethod
    def _corners(mesh: FakeMesh, channel: int) -> Sequence[float]:
        if mesh.is_deleted or channel not in mesh.uv:
            raise RuntimeError(f"Mesh has no map channel {channel}")
        return mesh.uv[channel]


class FakeUserProperties:
    """`getUserProp` and `setUserProp`: one line of text per key, read as whatever it looks like."""

    def __init__(self) -> None:
        self._lines: dict[tuple[int, str], str] = {}

    def get(self, node: Any, key: str) -> Any:
        """The value, or None; a number or a truth value if the text looks like one."""
        line = self._lines.get((id(node), key.lower()))
        for read in (int, float, _truth):
            try:
                return None if line is None else read(line)
            except ValueError:
                continue
        return line

    def set(self, node: Any, key: str, value: Any) -> None:
        """Keep the first line of a value."""
        self._lines[id(node), key.lower()] = str(value).partition("\n")[0].strip()


def _truth(line: str) -> bool:
    if line.lower() not in ("true", "false"):
        raise ValueError(line)
    return line.lower() == "true"
