"""What a test does to a fake scene: the artist's hand. `FakeScene` adds the port to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flatiron_tasks.contracts.errors import SceneError
from max_submitter.scene.facts import MaxVersion
from max_submitter.scene.file_names import is_same_file
from max_submitter.scene.port import SceneChange
from max_submitter.testing.fake_assign import TakeBack
from max_submitter.testing.fake_world import FakeBitmap, FakeObject, FakeShell, FakeWorld


@dataclass(frozen=True)
class FakeCall:
    """One call of the port."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class FakeStep:
    """One entry of the undo menu."""

    label: str
    take_back: tuple[TakeBack, ...]


class FakeStage:
    """A scene on the thread that made it: what is in it, who is called back, what was asked of it."""

    __slots__ = (
        "_callbacks",
        "_failures",
        "_thread",
        "callback_errors",
        "calls",
        "holds_files",
        "interactive",
        "max_version",
        "said",
        "steps",
        "triangles_per_slice",
        "world",
    )

    def __init__(self, world: FakeWorld | None = None) -> None:
        self.world = world or FakeWorld()
        self.calls: list[FakeCall] = []
        self.steps: list[FakeStep] = []
        self.said: list[str] = []
        self.callback_errors: list[Exception] = []
        self.interactive = True
        self.triangles_per_slice = 500
        self.max_version = MaxVersion(2025, 27000)
        self.holds_files = False
        """Whether loaded bitmaps keep their files from being replaced; see `fake_locks.locked_files`."""
        self._thread = threading.get_ident()
        self._failures: dict[str, list[Exception]] = {}
        self._callbacks: list[Callable[[SceneChange], None]] = []

    def fail(self, method: str, error: Exception, times: int = 1) -> None:
        """Let the next calls of a method of the port raise. Raises AttributeError for a name that is not there."""
        getattr(self, method)
        self._failures.setdefault(method, []).extend([error] * times)

    def open(self, world: FakeWorld, change: SceneChange = "opened") -> None:
        """The artist opens another scene: nothing of the old one is reached any more, the undo stack is empty."""
        self.world = world
        self.steps.clear()
        self.emit(change)

    def select(self, *handles: int) -> None:
        """The artist selects objects."""
        self.world.selected = list(handles)
        self.emit("selection")

    def delete(self, handle: int) -> None:
        """The artist deletes an object."""
        self.world.objects = [item for item in self.world.objects if item.handle != handle]
        self.world.is_modified = True

    def undo(self) -> str:
        """The artist undoes one step. Returns its label. Raises IndexError if there is none."""
        step = self.steps.pop()
        for take_back in reversed(step.take_back):
            take_back()
        self.world.is_modified = True
        return step.label

    def emit(self, change: SceneChange) -> None:
        """Call back as 3ds Max does; what a callback raises is kept in `callback_errors`."""
        for callback in tuple(self._callbacks):
            try:
                callback(change)
            except Exception as error:  # noqa: BLE001  # as at the border of 3ds Max: nothing passes
                self.callback_errors.append(error)

    def holds(self, path: Path) -> bool:
        """Whether the scene keeps this file from being replaced."""
        return self.holds_files and any(bitmap.is_loaded for bitmap in self._showing(path))

    def bitmap(self, name: str, slot: str, *, baked: bool | None = None) -> FakeBitmap | None:
        """The bitmap in a slot of an object; of the baked side where there is one, or the side asked for."""
        material = self.world.named(name).material
        if isinstance(material, FakeShell):
            material = material.original if baked is False else material.baked
        return material.slots[slot] if material else None

    def called(self, name: str) -> tuple[tuple[Any, ...], ...]:
        """Arguments of every call of a method of the port, oldest first."""
        return tuple(call.arguments for call in self.calls if call.name == name)

    def _enter(self, method: str, *arguments: Any) -> None:
        """Every call of the port comes by here."""
        if threading.get_ident() != self._thread:
            raise AssertionError(f"{method} was called off the main thread")
        self.calls.append(FakeCall(method, arguments))
        if failures := self._failures.get(method):
            raise failures.pop(0)

    def _object(self, handle: int) -> FakeObject:
        item = self.world.find(handle)
        if item is None:
            raise SceneError("An object of this bake is gone.", why="It was deleted, or another scene is open.")
        return item

    def _showing(self, path: Path) -> list[FakeBitmap]:
        return [bitmap for bitmap in self.world.bitmaps() if is_same_file(bitmap.path, path)]

    def _step(self, label: str, take_back: Sequence[TakeBack]) -> None:
        self.steps.append(FakeStep(label, tuple(take_back)))
        self.world.is_modified = True
