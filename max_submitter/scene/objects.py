"""Nodes of the scene: finding them, and what they say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from flatiron_tasks.contracts.errors import SceneError
from max_submitter.scene.access import MaxAccess
from max_submitter.scene.facts import ObjectGroup, SceneObject
from max_submitter.scene.materials import is_shell, side_of, slot_names
from max_submitter.scene.uv_channels import UvChannels

MAP_INDEX: Final = "FlatironMapIndex"
"""User property of a node: number of the atlas that it is unwrapped into."""


def handle_of(max_: MaxAccess, node: Any) -> int:
    """Number by which a node is found again (MAX-01)."""
    return int(max_.rt.getHandleByAnim(node))


def find_node(max_: MaxAccess, handle: int) -> Any:
    """The node, or None if it is gone."""
    node = max_.rt.getAnimByHandle(handle)
    return node if node is not None and max_.rt.isValidNode(node) else None


def get_node(max_: MaxAccess, handle: int) -> Any:
    """The node. Raises SceneError if it is gone."""
    node = find_node(max_, handle)
    if node is None:
        raise SceneError(
            "An object of this bake is gone.",
            why="It was deleted, or another scene is open.",
            advice="Look at the objects again.",
        )
    return node


def is_bakeable(max_: MaxAccess, node: Any) -> bool:
    """Whether a node has a surface: geometry, but no target of a light or camera."""
    rt = max_.rt
    return bool(
        rt.isValidNode(node) and rt.superClassOf(node) == rt.GeometryClass and rt.classOf(node) != rt.TargetObject
    )


class SceneObjects:
    """Facts of nodes. UV channels are remembered, since finding them out copies a mesh."""

    def __init__(self, max_: MaxAccess) -> None:
        self._max = max_
        self._channels = UvChannels(max_)

    def by_handle(self, handles: Sequence[int]) -> tuple[SceneObject, ...]:
        """Facts of the nodes that are still there, in the order asked."""
        nodes = (find_node(self._max, handle) for handle in handles)
        return tuple(self._facts(node) for node in nodes if node is not None)

    def groups(self) -> tuple[ObjectGroup, ...]:
        """Named selection sets with what can be baked of them, by name (MAX-04)."""
        rt = self._max.rt
        groups = []
        for number in range(1, int(rt.getNumNamedSelSets()) + 1):
            count = int(rt.getNamedSelSetItemCount(number))
            nodes = [rt.getNamedSelSetItem(number, item) for item in range(1, count + 1)]
            groups.append(self._group(str(rt.getNamedSelSetName(number)), nodes))
        return tuple(sorted(groups, key=lambda group: group.name))

    def selection(self) -> ObjectGroup:
        """What is selected, oldest node first: MAXScript gives the order of clicking."""
        group = self._group("", list(self._max.rt.getCurrentSelection()))
        return ObjectGroup("", tuple(sorted(group.objects, key=lambda item: item.handle)))

    def _group(self, name: str, nodes: Sequence[Any]) -> ObjectGroup:
        found = (node for node in nodes if node is not None and is_bakeable(self._max, node))
        return ObjectGroup(name, tuple(self._facts(node) for node in found))

    def _facts(self, node: Any) -> SceneObject:
        material, handle = node.material, handle_of(self._max, node)
        return SceneObject(
            handle=handle,
            name=str(node.name),
            map_index=_map_index(self._max, node),
            uv_channels=self._channels.of(node, handle),
            slots=slot_names(self._max, side_of(self._max, material, baked=False)),
            has_shell=is_shell(self._max, material),
        )


def _map_index(max_: MaxAccess, node: Any) -> int:
    """User properties come as whatever their text looks like; what is no number from 0 counts as none."""
    value = max_.rt.getUserProp(node, MAP_INDEX)
    if isinstance(value, bool):
        return 0
    with suppress(TypeError, ValueError):
        return max(int(value), 0)
    return 0
