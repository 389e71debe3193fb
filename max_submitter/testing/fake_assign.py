"""Show textures in the materials of a fake scene, each change with what takes it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from max_submitter.scene.facts import Assignment
from max_submitter.testing.fake_world import FakeBitmap, FakeMaterial, FakeObject, FakeShell, FakeWorld

TakeBack = Callable[[], None]
_Wanted = tuple[tuple[str, str, int], ...]


class FakeAssigner:
    """One call of `assign`. Objects outside of it look as before, also those that share a material with one inside."""

    __slots__ = ("_bitmaps", "_copies", "_wanted", "_world", "refusals", "take_back")

    def __init__(self, world: FakeWorld, assignments: Sequence[Assignment]) -> None:
        self._world = world
        self._wanted: dict[int, _Wanted] = {}
        for item in assignments:
            said = (item.slot.lower(), str(item.path), item.uv_channel)
            self._wanted[item.handle] = (*self._wanted.get(item.handle, ()), said)
        self._copies: dict[tuple[int, _Wanted], FakeMaterial | FakeShell] = {}
        self._bitmaps: dict[tuple[Path, int], FakeBitmap] = {}
        self.take_back: list[TakeBack] = []
        self.refusals: list[str] = []

    def assign(self, wanted: Assignment) -> None:
        """Make one assignment, or add a sentence to `refusals`."""
        item, texture = self._world.find(wanted.handle), wanted.path.name
        if item is None:
            self.refusals.append(f"{texture} is not shown: its object is gone.")
        elif item.material is None:
            self.refusals.append(f"{texture} is not shown: {item.name} has no material.")
        elif _side(item.material, baked=wanted.shell).slot_named(wanted.slot) is None:
            self.refusals.append(f"{texture} is not shown: the material of {item.name} has no slot {wanted.slot}.")
        else:
            self._show(_side(self._own_material(item, item.material, wanted), baked=wanted.shell), wanted)

    def _own_material(
        self, item: FakeObject, material: FakeMaterial | FakeShell, wanted: Assignment
    ) -> FakeMaterial | FakeShell:
        """The material that may be changed: a Shell material if one is wanted, and nobody else's."""
        if wanted.shell and isinstance(material, FakeMaterial):
            return self._give(item, material, FakeShell(material, material.copy()))
        if self._is_shared(item, _side(material, baked=wanted.shell)):
            return self._give(item, material, material.copy())
        return material

    def _is_shared(self, item: FakeObject, side: FakeMaterial) -> bool:
        """Whether an object uses this material, be it in a Shell material, and does not get the same textures."""
        return any(
            self._wanted.get(other.handle) != self._wanted[item.handle]
            for other in self._world.objects
            if any(material is side for material in _materials_of(other))
        )

    def _give(
        self, item: FakeObject, before: FakeMaterial | FakeShell, made: FakeMaterial | FakeShell
    ) -> FakeMaterial | FakeShell:
        """Another material for an object; objects that had one material and get the same textures share it again."""
        after = self._copies.setdefault((id(before), self._wanted[item.handle]), made)
        item.material = after
        self.take_back.append(lambda: setattr(item, "material", before))
        return after

    def _show(self, material: FakeMaterial, wanted: Assignment) -> None:
        slot = material.slot_named(wanted.slot) or ""
        before = material.slots[slot]
        material.slots[slot] = self._bitmap(wanted)
        self.take_back.append(lambda: material.slots.__setitem__(slot, before))

    def _bitmap(self, wanted: Assignment) -> FakeBitmap:
        """One bitmap per texture and UV channel, however many objects show it."""
        key = (wanted.path, wanted.uv_channel)
        if key not in self._bitmaps:
            self._bitmaps[key] = FakeBitmap(*key)
            self._bitmaps[key].read()
        return self._bitmaps[key]


def _side(material: FakeMaterial | FakeShell, *, baked: bool) -> FakeMaterial:
    """The baked or the original side of a Shell material; any other material itself."""
    if isinstance(material, FakeShell):
        return material.baked if baked else material.original
    return material


def _materials_of(item: FakeObject) -> tuple[FakeMaterial | None, ...]:
    if isinstance(item.material, FakeShell):
        return item.material.original, item.material.baked
    return (item.material,)
