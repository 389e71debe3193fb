"""Show textures on nodes: which material may be changed, and what to say when none can be.

A material that other nodes use is copied first, so that only what was baked changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flatiron_tasks.contracts.errors import SceneError
from max_submitter.scene.access import MaxAccess
from max_submitter.scene.bitmaps import make_bitmap
from max_submitter.scene.facts import Assignment
from max_submitter.scene.materials import (
    find_slot,
    is_shell,
    make_shell,
    parts_of,
    show_in_slot,
    side_of,
    without_propagation,
)
from max_submitter.scene.objects import find_node, handle_of

_Wanted = tuple[tuple[str, str, int], ...]


def assign(max_: MaxAccess, assignments: Sequence[Assignment], label: str) -> tuple[str, ...]:
    """Make all assignments as one step of undo. Returns a sentence per assignment not made."""
    if not assignments:
        return ()
    with without_propagation(max_), max_.undo_step(label):
        assigner = _Assigner(max_, assignments)
        sentences = [assigner.try_to_assign(item) for item in assignments]
    return tuple(sentence for sentence in sentences if sentence)


class _Assigner:
    """One call of `assign`: nodes that had one material and get the same textures share one material again."""

    def __init__(self, max_: MaxAccess, assignments: Sequence[Assignment]) -> None:
        self._max = max_
        self._wanted: dict[int, _Wanted] = {}
        for item in assignments:
            said = (item.slot.lower(), str(item.path), item.uv_channel)
            self._wanted[item.handle] = (*self._wanted.get(item.handle, ()), said)
        self._copies: dict[tuple[int, _Wanted], Any] = {}
        self._textures: dict[tuple[Path, int], Any] = {}

    def try_to_assign(self, wanted: Assignment) -> str:
        """Make one assignment. Returns a sentence if it could not be made, otherwise nothing."""
        not_shown = f"{wanted.path.name} is not shown"
        node = find_node(self._max, wanted.handle)
        if node is None:
            return f"{not_shown}: its object is gone."
        if node.material is None:
            return f"{not_shown}: {node.name} has no material."
        try:
            with self._max.asking(f"{not_shown} on {node.name}."):
                shown = self._assign(node, wanted)
        except SceneError as error:
            return error.reason
        return "" if shown else f"{not_shown}: the material of {node.name} has no slot {wanted.slot}."

    def _assign(self, node: Any, wanted: Assignment) -> bool:
        """Whether there was a slot."""
        if not self._places(node.material, wanted):
            return False
        texture = self._texture(wanted)
        self._own_material(node, wanted)
        for part, number in self._places(node.material, wanted):
            show_in_slot(self._max, part, number, texture)
        return True

    def _places(self, material: Any, wanted: Assignment) -> tuple[tuple[Any, int], ...]:
        """Material and number of every slot that is meant."""
        parts = parts_of(self._max, side_of(self._max, material, baked=wanted.shell))
        numbered = ((part, find_slot(self._max, part, wanted.slot)) for part in parts)
        return tuple((part, number) for part, number in numbered if number)

    def _own_material(self, node: Any, wanted: Assignment) -> None:
        """Give the node a material that may be changed: a Shell material if one is wanted, and nobody else's."""
        material = node.material
        if wanted.shell and not is_shell(self._max, material):
            self._give(node, lambda: make_shell(self._max, material))
        elif self._is_shared(node, side_of(self._max, material, baked=wanted.shell)):
            self._give(node, lambda: self._max.rt.copy(material))

    def _is_shared(self, node: Any, material: Any) -> bool:
        """Whether a node uses the material and does not get the same textures (MAX-05)."""
        mine = self._wanted[handle_of(self._max, node)]
        users = self._max.rt.refs.dependentNodes(material)
        return any(self._wanted.get(handle_of(self._max, user)) != mine for user in users)

    def _give(self, node: Any, make: Any) -> None:
        key = (int(self._max.rt.getHandleByAnim(node.material)), self._wanted[handle_of(self._max, node)])
        if key not in self._copies:
            self._copies[key] = make()
        node.material = self._copies[key]

    def _texture(self, wanted: Assignment) -> Any:
        """One bitmap per texture and UV channel, however many nodes show it."""
        key = (wanted.path, wanted.uv_channel)
        if key not in self._textures:
            self._textures[key] = make_bitmap(self._max, *key)
        return self._textures[key]
