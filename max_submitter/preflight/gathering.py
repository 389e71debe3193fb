"""Ask the scene for what the checks need, in small steps, so that 3ds Max stays responsive between them.

Belongs to the main thread, as the port does. The session calls `step` from a timer until it returns False.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from max_submitter.preflight.inputs import SceneFacts
from max_submitter.scene.facts import ObjectGroup, SceneObject, UvTriangles
from max_submitter.scene.port import ScenePort

MOST_TRIANGLES: Final = 200_000
"""Of all objects together. Beyond, UVs are not looked at: a warning says so."""


class Gathering:
    """One look at the scene. Errors of the port (SceneError) end a step; the look is over then."""

    def __init__(
        self, port: ScenePort, groups: tuple[str, ...], uv_channel: int, *, known: SceneFacts | None = None
    ) -> None:
        """`groups` to bake, none for the selection; `uv_channel` that they are baked into.

        With facts that are `known`, only file, objects and time line are asked for: nothing else changed since.
        """
        self._port = port
        self._groups = groups
        self._channel = uv_channel
        self._known = known
        self._facts: SceneFacts | None = None
        self._steps = self._run()

    @property
    def facts(self) -> SceneFacts | None:
        """What is known so far: None at first, then all but the UVs (enough for the quick checks), then all."""
        return self._facts

    def step(self) -> bool:
        """Ask the scene one thing. Returns whether there is more to ask. Raises SceneError."""
        return next(self._steps, False)

    def _run(self) -> Iterator[bool]:
        port = self._port
        file = port.scene_file()
        yield True
        groups, missing = self._find_groups()
        yield True
        renderer = self._known.renderer if self._known else port.renderer()
        yield True
        used_files = self._known.used_files if self._known else port.used_files()
        yield True
        self._facts = SceneFacts(
            self._groups, self._channel, file, groups, missing, renderer, used_files, port.frame_range()
        )
        yield True
        yield from self._read_uvs(self._facts)

    def _find_groups(self) -> tuple[tuple[ObjectGroup, ...], tuple[str, ...]]:
        """The groups that were asked for, and the names of those that are gone."""
        if not self._groups:
            return (self._port.selection(),), ()
        known = {group.name: group for group in self._port.groups()}
        asked = tuple(dict.fromkeys(self._groups))
        missing = tuple(name for name in asked if name not in known)
        return tuple(known[name] for name in asked if name in known), missing

    def _read_uvs(self, facts: SceneFacts) -> Iterator[bool]:
        """One slice of an object per step. Objects beyond the limit count as incomplete."""
        uvs: dict[int, UvTriangles] = {}
        left = MOST_TRIANGLES
        for handle in _handles(facts, lambda item: self._channel in item.uv_channels):
            slices = [UvTriangles((), is_complete=False)]
            if left:
                slices.clear()
                for part in self._port.uv_slices(handle, self._channel, left):
                    slices.append(part)
                    yield True
            uvs[handle] = UvTriangles.joined(slices)
            left -= len(uvs[handle].corners) // 6
        self._facts = replace(facts, uvs=MappingProxyType(uvs), has_uvs=True)


def _handles(facts: SceneFacts, is_wanted: Callable[[SceneObject], bool]) -> list[int]:
    """Each object once, in order."""
    objects = (item for group in facts.groups for item in group.objects)
    return list({item.handle: None for item in objects if is_wanted(item)})
