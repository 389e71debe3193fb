"""Open a glTF 2.0 file (.glb or .gltf) and read its accessors. Does not know scenes, nodes or materials.

Source: Khronos glTF 2.0 specification, sections 3.6 (binary data) and 4 (GLB). Sparse accessors and compressed
geometry are refused, not guessed. A general loader would do, but those tried drop texture coordinates of a mesh
without material or invent node names, and names and coordinates are what a bake is about.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt

from flatiron_tasks.contracts.errors import SceneError

_COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_NORMALISED_BY = {"<i1": 127.0, "<u1": 255.0, "<i2": 32767.0, "<u2": 65535.0}
_KNOWN_EXTENSIONS = frozenset({"KHR_materials_emissive_strength", "KHR_lights_punctual", "KHR_materials_unlit"})
_MAGIC, _JSON_CHUNK, _BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942


def refuse_file(path: Path, why: str) -> NoReturn:
    """Raise the SceneError of a file that cannot be read."""
    raise SceneError(
        f"Scene {path} cannot be read.",
        why=why,
        advice="Export the scene again, as plain glTF 2.0 without compression, and check that the copy is complete.",
    )


class GltfFile:
    """The JSON part of a glTF file as `root`, and its numbers by accessor."""

    def __init__(self, path: Path) -> None:
        """Read a file. Raises SceneError when it is damaged or needs an extension that is not supported."""
        self.path = path
        data = path.read_bytes()
        is_binary = len(data) >= 12 and struct.unpack_from("<I", data)[0] == _MAGIC
        text, self._embedded = self._split(data) if is_binary else (data, None)
        self.root = self._parse(text)
        needed = set(self.root.get("extensionsRequired", [])) - _KNOWN_EXTENSIONS
        if needed:
            refuse_file(path, f"It needs the glTF extension(s) {', '.join(sorted(needed))}.")
        self._buffers: dict[int, bytes] = {}

    def accessor(self, index: int) -> npt.NDArray[np.float64]:
        """Values of an accessor as float64 of shape (count, width); normalised integers become fractions."""
        item = self.entry("accessors", index)
        if "sparse" in item or "bufferView" not in item:
            refuse_file(self.path, f"Accessor {index} is sparse or compressed.")
        try:
            kind, width, count = _COMPONENTS[item["componentType"]], _WIDTHS[item["type"]], int(item["count"])
            raw = self._numbers(item, np.dtype(kind), width, count)
        except (KeyError, TypeError, ValueError) as error:
            refuse_file(self.path, f"Accessor {index} is broken ({error}).")
        values = raw.astype(np.float64)
        if item.get("normalized") and kind in _NORMALISED_BY:
            values = np.maximum(values / _NORMALISED_BY[kind], -1.0)
        return values

    def entry(self, collection: str, index: int) -> dict[str, Any]:
        """One entry of a top-level list. Raises SceneError when it does not exist."""
        entries = self.root.get(collection, [])
        if type(index) is not int or not 0 <= index < len(entries) or not isinstance(entries[index], dict):
            refuse_file(self.path, f"It has no entry {index} in {collection!r}.")
        found: dict[str, Any] = entries[index]
        return found

    def _numbers(self, item: dict[str, Any], kind: np.dtype[Any], width: int, count: int) -> npt.NDArray[Any]:
        view = self.entry("bufferViews", item["bufferView"])
        start = view.get("byteOffset", 0) + item.get("byteOffset", 0)
        stride = view.get("byteStride", kind.itemsize * width)
        return np.ndarray(
            (count, width), kind, self._buffer(view["buffer"]), offset=start, strides=(stride, kind.itemsize)
        )

    def _buffer(self, index: int) -> bytes:
        if index not in self._buffers:
            self._buffers[index] = self._load_buffer(self.entry("buffers", index).get("uri"))
        return self._buffers[index]

    def _load_buffer(self, uri: str | None) -> bytes:
        if uri is None:
            if self._embedded is None:
                refuse_file(self.path, "Its binary chunk is missing.")
            return self._embedded
        try:
            if uri.startswith("data:"):
                return base64.b64decode(uri.partition("base64,")[2], validate=True)
            return (self.path.parent / unquote(uri)).read_bytes()
        except (OSError, binascii.Error) as error:
            refuse_file(self.path, f"Its buffer {uri[:80]!r} cannot be read ({error}).")

    def _split(self, data: bytes) -> tuple[bytes, bytes | None]:
        """JSON and binary chunk of a GLB."""
        _, version, length = struct.unpack_from("<III", data)
        if version != 2 or length > len(data):
            refuse_file(self.path, f"glTF version {version}, {len(data)} of {length} bytes.")
        chunks: dict[int, bytes] = {}
        position = 12
        while position + 8 <= length:
            size, kind = struct.unpack_from("<II", data, position)
            chunks.setdefault(kind, data[position + 8 : position + 8 + size])
            position += 8 + size
        return chunks.get(_JSON_CHUNK, b""), chunks.get(_BINARY_CHUNK)

    def _parse(self, text: bytes) -> dict[str, Any]:
        try:
            root = json.loads(text)
        except ValueError as error:
            refuse_file(self.path, f"Its JSON part is broken ({error}).")
        if not isinstance(root, dict):
            refuse_file(self.path, "Its JSON part is not an object.")
        return root
