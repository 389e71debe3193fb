"""Light that arrives at texels: sun and area light with shadows, sky, one diffuse bounce, ambient occlusion.

Each quantity has its own sum, so its bits do not depend on which others are asked for. Does not know elements.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto

import numpy as np

from workers.reference_renderer.lights import SKY_FILL, LightRig
from workers.reference_renderer.options import RenderOptions
from workers.reference_renderer.sampling import Dimension, Pair, TexelRandom, cosine_hemisphere
from workers.reference_renderer.vectors import ONE, Floats, Vectors, blend, dot, frame
from workers.reference_renderer.world import Hits, Surface, World

_HALF = np.float32(0.5)
_SHORT_OF_LIGHT = np.float32(0.999)


class Needs(Flag):
    """What an element needs to be computed."""

    NOTHING = 0
    SHADOWS = auto()
    """Rays to the lights: `direct` and `visibility`."""
    OPENNESS = auto()
    """Rays into the hemisphere: `openness`."""
    BOUNCE = auto()
    """What these rays see: `indirect`."""


@dataclass
class Illumination:
    """Means over the samples for n texels; zero where not asked for."""

    direct: Vectors
    indirect: Vectors
    visibility: Floats
    """Part of the lights that is not shadowed by other surfaces or faces away."""
    openness: Floats
    """Part of the hemisphere, by cosine, that is free up to the chosen distance."""

    def scaled(self, factor: np.float32) -> Illumination:
        """All quantities times a factor."""
        return Illumination(
            self.direct * factor, self.indirect * factor, self.visibility * factor, self.openness * factor
        )


class Illuminator:
    """Computes illumination in one world."""

    def __init__(self, world: World, rig: LightRig, options: RenderOptions) -> None:
        self._world, self._rig, self._options = world, rig, options

    def illuminate(self, surface: Surface, random: TexelRandom, needs: Needs) -> Illumination:
        """Illumination of texels."""
        count = surface.points.shape[1]
        total = Illumination(_zeros(3, count), _zeros(3, count), _zeros(count), _zeros(count))
        tangents = frame(surface.normals)
        for sample in range(self._options.samples if needs else 0):
            if Needs.SHADOWS in needs:
                pairs = random.pair(Dimension.SUN, sample), random.pair(Dimension.AREA, sample)
                light, visible = self._direct(surface.points, surface.normals, *pairs)
                total.direct += light
                total.visibility += visible
            if needs & (Needs.OPENNESS | Needs.BOUNCE):
                directions = _into_hemisphere(surface, tangents, random.pair(Dimension.GATHER, sample))
                hits = self._world.closest_hits(surface.points, directions)
                total.openness += self._openness(hits, count)
                if Needs.BOUNCE in needs:
                    total.indirect += self._seen(directions, hits, random, sample)
        return total.scaled(ONE / np.float32(self._options.samples))

    def _direct(self, points: Vectors, normals: Vectors, sun: Pair, area: Pair) -> tuple[Vectors, Floats]:
        """Light and visibility by one shadow ray to each light."""
        light, visible = np.zeros_like(points), _zeros(points.shape[1])
        for beam in (self._rig.sun(normals, sun), self._rig.area(points, normals, area)):
            facing = np.flatnonzero(beam.strength > 0)
            reach = None if beam.distances is None else beam.distances[facing] * _SHORT_OF_LIGHT
            blocked = self._world.occluded(points[:, facing], beam.directions[:, facing], reach)
            lit = facing[~blocked]
            light[:, lit] += beam.colour * beam.strength[lit]
            visible[lit] += _HALF
        return light, visible

    def _openness(self, hits: Hits, count: int) -> Floats:
        """0 for the rays that met something near, 1 for the others."""
        openness = np.ones(count, dtype=np.float32)
        openness[hits.rays[hits.distances <= np.float32(self._options.ao_distance)]] = 0
        return openness

    def _seen(self, directions: Vectors, hits: Hits, random: TexelRandom, sample: int) -> Vectors:
        """Radiance from the directions: of the sky, or of the surface hit; a back face is black."""
        radiance = self._rig.sky(directions)
        radiance[:, hits.rays] = 0
        front = hits.front_only()
        radiance[:, front.rays] = self._bounce(front, random, sample)
        return radiance

    def _bounce(self, hits: Hits, random: TexelRandom, sample: int) -> Vectors:
        """Radiance that the surfaces hit send back."""
        found = self._world.surface(hits.triangles, hits.weights)
        sun = random.independent_pair(Dimension.BOUNCE_SUN, sample, hits.rays)
        area = random.independent_pair(Dimension.BOUNCE_AREA, sample, hits.rays)
        light, _ = self._direct(found.points, found.normals, sun, area)
        radiance: Vectors = found.base_colour * (light + SKY_FILL) + found.emission
        return radiance


def _into_hemisphere(surface: Surface, tangents: tuple[Vectors, Vectors], pair: Pair) -> Vectors:
    """Directions around the normals; those that a smooth normal sends below the real face are mirrored above it."""
    directions = blend(*tangents, surface.normals, cosine_hemisphere(pair))
    below = np.minimum(dot(directions, surface.face_normals), np.float32(0))
    mirrored: Vectors = directions - surface.face_normals * (below + below)
    return mirrored


def _zeros(*shape: int) -> Floats:
    return np.zeros(shape, dtype=np.float32)
