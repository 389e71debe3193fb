"""The light rig: a sun disc, a spherical area light and a sky, placed for the unit space of `world`.

Lights in the scene file are not read; surfaces with an emission are found by the rays that gather indirect light.
Colours have shape (3, 1) and are scaled so that a white matt surface facing the light returns them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workers.reference_renderer.sampling import Pair, unit_sphere
from workers.reference_renderer.vectors import Floats, Vectors, dot, normalise


def _vector(x: float, y: float, z: float) -> Vectors:
    return np.array([[x], [y], [z]], dtype=np.float32)


SUN_DIRECTION = normalise(_vector(0.45, 0.72, 0.55))
SUN_RADIUS = np.float32(0.04)
SUN_COLOUR = _vector(0.86, 0.77, 0.63)
AREA_RADIUS = np.float32(0.07)
AREA_COLOUR = _vector(0.04, 0.046, 0.06)
SKY_ZENITH = _vector(0.25, 0.34, 0.50)
SKY_HORIZON = _vector(0.29, 0.31, 0.34)
SKY_FILL = _vector(0.10, 0.11, 0.13)
"""Light from the sky on a surface that a gathering ray found; a guess instead of another bounce."""


@dataclass(frozen=True)
class Beam:
    """Light from one light to n points, if nothing stands in between."""

    directions: Vectors
    """Unit vectors towards the light."""
    distances: Floats | None
    """How far it is; None for infinitely far."""
    strength: Floats
    """Factor of the colour: cosine and fall-off; not positive where the surface faces away."""
    colour: Vectors


@dataclass(frozen=True)
class LightRig:
    """The lights in unit space, y up."""

    area_centre: Vectors

    def sun(self, normals: Vectors, pair: Pair) -> Beam:
        """Light from random points of the sun's disc."""
        directions = normalise(SUN_DIRECTION + unit_sphere(pair) * SUN_RADIUS)
        return Beam(directions, None, dot(normals, directions), SUN_COLOUR)

    def area(self, points: Vectors, normals: Vectors, pair: Pair) -> Beam:
        """Light from random points of the area light."""
        towards = self.area_centre + unit_sphere(pair) * AREA_RADIUS - points
        squares = dot(towards, towards)
        distances: Floats = np.sqrt(squares)
        directions = towards / distances
        return Beam(directions, distances, dot(normals, directions) / squares, AREA_COLOUR)

    def sky(self, directions: Vectors) -> Vectors:
        """Radiance of the sky in unit directions; below the horizon it stays as at the horizon."""
        height = np.clip(directions[1], 0, 1)
        radiance: Vectors = SKY_HORIZON + (SKY_ZENITH - SKY_HORIZON) * height
        return radiance


def rig_for(half_extent: npt.NDArray[np.float32]) -> LightRig:
    """A rig for a scene whose bounding box has this half extent, (3,), in unit space."""
    x, y, z = (float(value) for value in half_extent)
    return LightRig(area_centre=_vector(-0.5 * x, y + 0.15, 0.9 * z))
