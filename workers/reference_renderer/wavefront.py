"""Read the objects of a Wavefront OBJ file: `o` names an object, `g` does where there is no `o`.

Takes vertices, texture coordinates, normals, and Kd and Ke of the material library. Polygons become fans of triangles.
Does not take curves, smoothing groups, vertex colours or textures.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from flatiron_tasks.contracts.errors import SceneError
from workers.reference_renderer.scene import SceneObject, face_normals, unit

Colour: TypeAlias = tuple[float, float, float]
Corner: TypeAlias = tuple[int, int, int]  # position, texture coordinate, normal; -1 = none
_WHITE: Colour = (1.0, 1.0, 1.0)
_DARK: Colour = (0.0, 0.0, 0.0)


@dataclass
class _Group:
    """Triangles of one object while the file is read."""

    corners: list[Corner] = field(default_factory=list)
    colours: list[Colour] = field(default_factory=list)
    emissions: list[Colour] = field(default_factory=list)


@dataclass
class _Reader:
    """State of reading one file, line by line."""

    path: Path
    vertices: list[list[float]] = field(default_factory=list)
    coordinates: list[list[float]] = field(default_factory=list)
    normals: list[list[float]] = field(default_factory=list)
    materials: dict[str, tuple[Colour, Colour]] = field(default_factory=dict)
    groups: dict[str, _Group] = field(default_factory=dict)
    object_name: str = ""
    group_name: str = ""
    material: str = ""

    def read(self, line: str) -> None:
        keyword, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        match keyword:
            case "v":
                self.vertices.append(_floats(rest, 3))
            case "vt":
                self.coordinates.append(_floats(rest, 2))
            case "vn":
                self.normals.append(_floats(rest, 3))
            case "f":
                self._face([self._corner(word) for word in rest.split()])
            case "o":
                self.object_name = rest
            case "g":
                self.group_name = rest
            case "usemtl":
                self.material = rest
            case "mtllib":
                self.materials.update(_read_materials(self.path.parent / rest))

    def _face(self, corners: list[Corner]) -> None:
        name = self.object_name or self.group_name or self.path.stem
        group = self.groups.setdefault(name, _Group())
        colour, emission = self.materials.get(self.material, (_WHITE, _DARK))
        for second, third in pairwise(corners[1:]):
            group.corners += [corners[0], second, third]
            group.colours.append(colour)
            group.emissions.append(emission)

    def _corner(self, word: str) -> Corner:
        parts = [*word.split("/"), "", ""]
        return (
            _index(parts[0], len(self.vertices)),
            _index(parts[1], len(self.coordinates)),
            _index(parts[2], len(self.normals)),
        )


def read_wavefront(path: Path) -> tuple[SceneObject, ...]:
    """All objects of the file in the order of their first face. Raises SceneError naming the line."""
    reader = _Reader(path)
    lines = path.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ").splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            reader.read(line)
        except (ValueError, IndexError) as error:
            raise SceneError(
                f"Line {number} of {path} cannot be read: {line[:60]!r}.", why=str(error), advice="Export it again."
            ) from error
    return tuple(_object(reader, name, group) for name, group in reader.groups.items())


def _floats(text: str, count: int) -> list[float]:
    values = [float(word) for word in text.split()[:count]]
    if len(values) != count:
        raise ValueError(f"{count} numbers are needed, {len(values)} are given")
    return values


def _index(word: str, count: int) -> int:
    """Zero-based index from a one-based or negative (counted from the end) one; -1 for an empty word."""
    if not word:
        return -1
    value = int(word)
    index = value - 1 if value > 0 else count + value
    if value == 0 or not 0 <= index < count:
        raise IndexError(f"index {value} does not exist yet ({count} defined)")
    return index


def _object(reader: _Reader, name: str, group: _Group) -> SceneObject:
    corners = np.array(group.corners, dtype=np.int64).reshape(-1, 3, 3)
    positions = _table(reader.vertices, 3)[corners[..., 0]]
    normals = face_normals(positions)
    if bool(np.all(corners[..., 2] >= 0)):
        normals = unit(_table(reader.normals, 3)[corners[..., 2]])
    uv = None
    if bool(np.all(corners[..., 1] >= 0)):
        uv = _table(reader.coordinates, 2)[corners[..., 1]]
        uv = np.stack([uv[..., 0], 1.0 - uv[..., 1]], axis=-1)  # v points upwards in OBJ
    return SceneObject(name, positions, normals, uv, np.array(group.colours), np.array(group.emissions))


def _table(rows: list[list[float]], width: int) -> npt.NDArray[np.float64]:
    return np.array(rows, dtype=np.float64).reshape(-1, width)


def _read_materials(path: Path) -> dict[str, tuple[Colour, Colour]]:
    """Diffuse colour and emission by material name; a library that is missing gives none, as in most readers."""
    if not path.is_file():
        return {}
    materials: dict[str, tuple[Colour, Colour]] = {}
    name = ""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        keyword, _, rest = line.strip().partition(" ")
        if keyword == "newmtl":
            name = rest.strip()
            materials[name] = (_WHITE, _DARK)
        elif keyword in ("Kd", "Ke") and name:
            red, green, blue = _floats(rest, 3)
            colour, emission = materials[name]
            materials[name] = ((red, green, blue), emission) if keyword == "Kd" else (colour, (red, green, blue))
    return materials
