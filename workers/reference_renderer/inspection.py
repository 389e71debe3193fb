"""Describe a scene file as JSON: object names, state of their texture coordinates, bounds. Does not bake."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from workers.reference_renderer.scene import Scene, SceneObject


def describe(scene: Scene) -> dict[str, Any]:
    """The scene as plain JSON data; coordinates in the units of the file, uv with the origin at the top left."""
    low, high = scene.bounds()
    return {
        "scene": str(scene.path),
        "bounds": _bounds(np.stack([low, high])),
        "objects": [_describe_object(item) for item in scene.objects],
    }


def _describe_object(item: SceneObject) -> dict[str, Any]:
    return {
        "name": item.name,
        "triangles": len(item.positions),
        "bounds": _bounds(item.positions.reshape(-1, 3)),
        "uv": {"state": str(item.uv_state()), "bounds": None if item.uv is None else _bounds(item.uv.reshape(-1, 2))},
    }


def _bounds(corners: npt.NDArray[np.float64]) -> dict[str, list[float]] | None:
    """Lowest and highest values; None where there are none or they are not finite, which JSON cannot say."""
    if len(corners) == 0 or not bool(np.all(np.isfinite(corners))):
        return None
    return {"min": corners.min(axis=0).tolist(), "max": corners.max(axis=0).tolist()}
