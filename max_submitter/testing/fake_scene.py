"""A scene in memory that keeps the scene port strictly: for tests, screenshots and trying things without 3ds Max.

It belongs to the thread that made it, records every call, fails when told to, and has an undo stack (`fake_stage`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from flatiron_tasks.contracts.errors import SceneError
from max_submitter.scene.facts import (
    Assignment,
    FrameRange,
    MaxVersion,
    ObjectGroup,
    RendererFacts,
    SceneFile,
    SceneObject,
    UvTriangles,
)
from max_submitter.scene.port import SceneChange
from max_submitter.testing import fake_worlds
from max_submitter.testing.fake_assign import FakeAssigner
from max_submitter.testing.fake_stage import FakeStage


class FakeScene(FakeStage):
    """The port on a `FakeWorld`."""

    __slots__ = ()

    @classmethod
    def castle(cls, folder: Path | None = None) -> FakeScene:
        """Six objects, the group `castle` on two atlases, two selected objects; saved if a folder is given."""
        return cls(fake_worlds.castle(folder))

    @classmethod
    def of_file(cls, path: Path) -> FakeScene:
        """The objects of a `.glb` file, so that the reference renderer can bake what is submitted."""
        return cls(fake_worlds.of_file(path))

    def version(self) -> MaxVersion:
        """See ScenePort."""
        self._enter("version")
        return self.max_version

    def is_interactive(self) -> bool:
        """See ScenePort."""
        self._enter("is_interactive")
        return self.interactive

    def scene_file(self) -> SceneFile:
        """See ScenePort."""
        self._enter("scene_file")
        return SceneFile(self.world.path, self.world.is_modified)

    def save_scene(self) -> None:
        """See ScenePort."""
        self._enter("save_scene")
        if self.world.path is None:
            raise SceneError("The scene was never saved.", advice="Save it under a name first.")
        self.world.path.write_bytes(fake_worlds.saved(self.world))
        self.world.is_modified = False
        self.emit("saved")

    def save_copy(self, path: Path) -> None:
        """See ScenePort."""
        self._enter("save_copy", path)
        if not path.parent.is_dir():
            raise SceneError(f"The scene could not be saved to {path}.", why="There is no such folder.")
        path.write_bytes(fake_worlds.saved(self.world))

    def groups(self) -> tuple[ObjectGroup, ...]:
        """See ScenePort."""
        self._enter("groups")
        return tuple(ObjectGroup(name, self._facts(self.world.groups[name])) for name in sorted(self.world.groups))

    def selection(self) -> ObjectGroup:
        """See ScenePort."""
        self._enter("selection")
        chosen = set(self.world.selected)
        return ObjectGroup("", tuple(item.facts for item in self.world.objects if item.handle in chosen))

    def objects(self, handles: Sequence[int]) -> tuple[SceneObject, ...]:
        """See ScenePort."""
        self._enter("objects", tuple(handles))
        return self._facts(handles)

    def uv_slices(self, handle: int, channel: int, limit: int) -> Iterator[UvTriangles]:
        """See ScenePort."""
        self._enter("uv_slices", handle, channel, limit)
        corners = self._object(handle).uv.get(channel, ())
        is_complete = len(corners) <= 6 * limit
        step = 6 * self.triangles_per_slice
        for begin in range(0, max(1, min(len(corners), 6 * limit)), step):
            yield UvTriangles(corners[begin : min(begin + step, 6 * limit)], is_complete)

    def renderer(self) -> RendererFacts:
        """See ScenePort."""
        self._enter("renderer")
        return self.world.renderer

    def used_files(self) -> tuple[str, ...]:
        """See ScenePort."""
        self._enter("used_files")
        return tuple(dict.fromkeys((*self.world.other_files, *(str(bitmap.path) for bitmap in self.world.bitmaps()))))

    def frame_range(self) -> FrameRange:
        """See ScenePort."""
        self._enter("frame_range")
        return self.world.frames

    def rename(self, handle: int, name: str) -> None:
        """See ScenePort."""
        self._enter("rename", handle, name)
        item = self._object(handle)
        before = item.name
        item.name = name
        self._step(f"Rename {before}", [lambda: setattr(item, "name", before)])

    def remove_exposure_control(self) -> None:
        """See ScenePort."""
        self._enter("remove_exposure_control")
        world, before = self.world, self.world.renderer
        world.renderer = replace(before, exposure="none")
        self._step("Remove exposure control", [lambda: setattr(world, "renderer", before)])

    def assign(self, assignments: Sequence[Assignment], label: str) -> tuple[str, ...]:
        """See ScenePort."""
        self._enter("assign", tuple(assignments), label)
        assigner = FakeAssigner(self.world, assignments)
        for item in assignments:
            assigner.assign(item)
        if assigner.take_back:
            self._step(label, assigner.take_back)
        return tuple(assigner.refusals)

    def bitmaps_showing(self, path: Path) -> int:
        """See ScenePort."""
        self._enter("bitmaps_showing", path)
        return len(self._showing(path))

    def relink(self, old: Path, new: Path) -> int:
        """See ScenePort."""
        self._enter("relink", old, new)
        found = self._showing(old)
        if found and not new.is_file():
            raise SceneError(f"{new} is not there to be shown.", advice="Look whether the share can be reached.")
        for bitmap in found:
            bitmap.path = new
            bitmap.read()
        self.world.is_modified = self.world.is_modified or bool(found)
        return len(found)

    def reload(self, path: Path) -> int:
        """See ScenePort."""
        self._enter("reload", path)
        found = self._showing(path)
        for bitmap in found:
            bitmap.read()
        return len(found)

    def release(self, *paths: Path) -> None:
        """See ScenePort."""
        self._enter("release", *paths)
        for path in paths:
            for bitmap in self._showing(path):
                bitmap.is_loaded = False

    def read_note(self, key: str) -> str:
        """See ScenePort."""
        self._enter("read_note", key)
        return self.world.notes.get(key, "")

    def write_note(self, key: str, text: str) -> None:
        """See ScenePort."""
        self._enter("write_note", key, text)
        self.world.is_modified = self.world.is_modified or self.world.notes.get(key, "") != text
        self.world.notes[key] = text

    def say(self, text: str) -> None:
        """See ScenePort."""
        self._enter("say", text)
        self.said.append(text)

    def on_change(self, callback: Callable[[SceneChange], None]) -> Callable[[], None]:
        """See ScenePort."""
        self._enter("on_change")
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback) if callback in self._callbacks else None

    def _facts(self, handles: Sequence[int]) -> tuple[SceneObject, ...]:
        found = (self.world.find(handle) for handle in handles)
        return tuple(item.facts for item in found if item is not None)
