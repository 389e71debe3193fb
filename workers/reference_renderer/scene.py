"""The scene as the baker sees it: named objects as triangles in world space, and the checks before one is baked.

Does not parse files (see `gltf` and `wavefront`) and does not trace rays (see `world`).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt

from flatiron_tasks.contracts.errors import SceneError, ShareError

FORMATS = (".glb", ".gltf", ".obj")
_UV_TOLERANCE = 1e-4


class UvState(StrEnum):
    """Whether an object can be baked by its texture coordinates."""

    OK = "ok"
    MISSING = "missing"
    OUTSIDE = "outside"
    DEGENERATE = "degenerate"


@dataclass(frozen=True)
class SceneObject:
    """One named object; t triangles, float64, world space.

    positions: (t, 3 corners, 3). normals: the same shape, unit length. uv: (t, 3 corners, 2) with the origin at the
    top left, or None. base_colour and emission: (t, 3), linear.
    """

    name: str
    positions: npt.NDArray[np.float64]
    normals: npt.NDArray[np.float64]
    uv: npt.NDArray[np.float64] | None
    base_colour: npt.NDArray[np.float64]
    emission: npt.NDArray[np.float64]

    def uv_state(self) -> UvState:
        """Whether the texture coordinates exist, lie inside 0..1 and span an area."""
        if self.uv is None:
            return UvState.MISSING
        low, high = -_UV_TOLERANCE, 1 + _UV_TOLERANCE
        if not bool(np.all((self.uv >= low) & (self.uv <= high))):  # also catches NaN
            return UvState.OUTSIDE
        edges = self.uv[:, 1:] - self.uv[:, :1]
        areas = edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]
        return UvState.OK if bool(np.any(areas != 0)) else UvState.DEGENERATE

    def is_flat_line(self) -> bool:
        """True when no triangle has an area."""
        edges = self.positions[:, 1:] - self.positions[:, :1]
        return not bool(np.any(np.cross(edges[:, 0], edges[:, 1]) != 0))


@dataclass(frozen=True)
class Scene:
    """All objects of a scene file, in the order of the file."""

    path: Path
    objects: tuple[SceneObject, ...]

    def bounds(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Lowest and highest corner of everything in the scene. Raises SceneError when there is nothing."""
        filled = [item.positions.reshape(-1, 3) for item in self.objects if len(item.positions)]
        if not filled:
            raise SceneError(f"Scene {self.path} contains no triangles.", advice="Export the meshes with the scene.")
        corners = np.concatenate(filled)
        if not bool(np.all(np.isfinite(corners))):
            raise SceneError(
                f"Scene {self.path} has a vertex that is not a finite number.",
                advice="Repair the mesh (reset its transform) and export the scene again.",
            )
        return corners.min(axis=0), corners.max(axis=0)

    def bakeable(self, name: str, uv_channel: int) -> SceneObject:
        """The object of that name, checked for baking. Raises SceneError with advice."""
        if uv_channel != 1:
            raise SceneError(
                f"Object {name!r} is to be baked into UV channel {uv_channel}.",
                why="The reference renderer reads channel 1 (the first set of texture coordinates) only.",
                advice="Unwrap into channel 1.",
            )
        found = self._named(name)
        self._check_mesh(found)
        self._check_uv(found)
        return found

    def _named(self, name: str) -> SceneObject:
        found = [item for item in self.objects if item.name == name]
        if len(found) == 1:
            return found[0]
        if found:
            raise SceneError(f"{len(found)} objects in {self.path} are named {name!r}.", advice="Rename all but one.")
        names = [item.name for item in self.objects]
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.0)
        raise SceneError(
            f"Object {name!r} is not in {self.path}.",
            advice=f"Did you mean {near[0]!r}? `inspect` lists all {len(names)} names." if near else "",
        )

    def _check_mesh(self, item: SceneObject) -> None:
        if len(item.positions) == 0 or item.is_flat_line():
            raise SceneError(
                f"Object {item.name!r} in {self.path} has no surface.",
                why="Its mesh is empty." if len(item.positions) == 0 else "All its triangles have zero area.",
                advice="Repair the object or leave it out of the bake.",
            )

    def _check_uv(self, item: SceneObject) -> None:
        reasons = {
            UvState.MISSING: "It has no texture coordinates in channel 1.",
            UvState.OUTSIDE: "Its texture coordinates leave the range 0 to 1.",
            UvState.DEGENERATE: "Its texture coordinates span no area.",
        }
        why = reasons.get(item.uv_state())
        if why is not None:
            raise SceneError(
                f"Object {item.name!r} in {self.path} cannot be baked.",
                why=why,
                advice="Unwrap it into channel 1, inside the unit square, and export the scene again.",
            )


def load_scene(path: Path) -> Scene:
    """Read a glTF (.glb, .gltf) or Wavefront (.obj) file. Raises SceneError, or ShareError when it cannot be opened."""
    if path.suffix.lower() not in FORMATS:
        raise SceneError(
            f"Scene {path} has a format that the reference renderer does not read.",
            advice=f"Export the scene as one of {', '.join(FORMATS)}.",
        )
    if not path.is_file():
        raise SceneError(
            f"Scene {path} does not exist.", advice="Check that the job folder is complete and the share is mounted."
        )
    try:
        return Scene(path, _read_objects(path))
    except OSError as error:
        raise ShareError(
            f"Scene {path} cannot be read.",
            why=str(error),
            advice="Check access rights and the connection to the share.",
        ) from error


def _read_objects(path: Path) -> tuple[SceneObject, ...]:
    # Only the reader that is needed is imported: every task is a new process.
    if path.suffix.lower() == ".obj":
        from workers.reference_renderer.wavefront import read_wavefront  # noqa: PLC0415

        return read_wavefront(path)
    from workers.reference_renderer.gltf import read_gltf  # noqa: PLC0415

    return read_gltf(path)


def face_normals(positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Unit normals of triangles by their winding, repeated for the three corners: (t, 3, 3); zero for no area."""
    edges = positions[:, 1:] - positions[:, :1]
    normals = unit(np.cross(edges[:, 0], edges[:, 1]))
    return np.repeat(normals[:, None, :], 3, axis=1)


def unit(vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Vectors along the last axis at unit length; zero stays zero."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    length = np.sqrt(x * x + y * y + z * z)
    scaled: npt.NDArray[np.float64] = vectors / np.where(length > 0, length, 1.0)[..., None]
    return scaled
