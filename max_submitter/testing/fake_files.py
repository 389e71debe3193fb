"""The objects of a glTF binary file (`.glb`) for a fake scene: names, atlases, UV coordinates.

Reads what the demo scene has: one buffer, float UVs, indexed triangles. Not a general reader.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from max_submitter.testing.fake_world import FakeMaterial, FakeObject

_HEADER = 12
_INDEX_FORMATS = {5121: "B", 5123: "H", 5125: "I"}


def objects_of(path: Path) -> list[FakeObject]:
    """Every node with a mesh, in the order of the file; `extras.map` or the JSON file beside it gives the atlas."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, _HEADER)
    start = _HEADER + 8
    root: dict[str, Any] = json.loads(data[start : start + length])
    binary = data[start + length + 8 :]
    maps = _maps_beside(path)
    return [
        FakeObject(
            handle=index + 1,
            name=node["name"],
            material=FakeMaterial.standard(f"{node['name']} material"),
            uv={1: _uv(root, binary, node["mesh"])},
            map_index=maps.get(node["name"], int(node.get("extras", {}).get("map", 0))),
        )
        for index, node in enumerate(root["nodes"])
        if "mesh" in node
    ]


def _maps_beside(path: Path) -> dict[str, int]:
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return {}
    maps = json.loads(beside.read_text(encoding="utf-8"))["maps"]
    return {name: index for index, names in enumerate(maps) for name in names}


def _uv(root: dict[str, Any], binary: bytes, mesh: int) -> tuple[float, ...]:
    """u, v of every corner; v counts from the bottom, as in 3ds Max, and from the top in glTF."""
    corners: list[float] = []
    for primitive in root["meshes"][mesh]["primitives"]:
        texels = _numbers(root, binary, primitive["attributes"]["TEXCOORD_0"], 2, "f")
        for vertex in _numbers(root, binary, primitive["indices"], 1, ""):
            u, v = texels[2 * int(vertex)], texels[2 * int(vertex) + 1]
            corners += (u, 1.0 - v)
    return tuple(corners)


def _numbers(root: dict[str, Any], binary: bytes, accessor: int, width: int, code: str) -> tuple[float, ...]:
    entry = root["accessors"][accessor]
    offset = root["bufferViews"][entry["bufferView"]].get("byteOffset", 0) + entry.get("byteOffset", 0)
    return struct.unpack_from(
        f"<{entry['count'] * width}{code or _INDEX_FORMATS[entry['componentType']]}", binary, offset
    )
