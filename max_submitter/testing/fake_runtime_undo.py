"""Undo in the fake runtime: pymxs records a change only inside `undo(True)`; every change makes the scene modified."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from max_submitter.testing.fake_runtime_values import StrictObject, Tape

TakeBack = Callable[[], None]


class UndoLog:
    """Steps that the artist could undo, and whether the scene counts as modified."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, list[TakeBack]]] = []
        self.is_modified = False
        self._open: list[TakeBack] | None = None

    @contextmanager
    def step(self, label: str) -> Iterator[None]:
        """One entry of the undo menu, if anything changes inside; an inner step belongs to the outer one."""
        if self._open is not None:
            yield
            return
        self._open = []
        try:
            yield
        finally:
            if self._open:
                self.steps.append((label, self._open))
            self._open = None

    def note(self, take_back: TakeBack) -> None:
        """A change happens."""
        self.is_modified = True
        if self._open is not None:
            self._open.append(take_back)

    def undo(self) -> str:
        """Take the last step back. Returns its label. Raises IndexError if there is none."""
        label, changes = self.steps.pop()
        for take_back in reversed(changes):
            take_back()
        self.is_modified = True
        return label

    def clear(self) -> None:
        """Another scene: nothing to undo, nothing to save."""
        self.steps.clear()
        self.is_modified = False


class UndoableObject(StrictObject):
    """A strict object of the scene."""

    def __init__(self, tape: Tape, log: UndoLog, kind: str, max_class: Any = None, **properties: Any) -> None:
        super().__init__(tape, kind, **properties)
        object.__setattr__(self, "_log", log)
        object.__setattr__(self, "max_class", max_class)

    def __setattr__(self, name: str, value: Any) -> None:
        before = getattr(self, name)
        super().__setattr__(name, value)
        self._log.note(lambda: self._properties.__setitem__(name, before))
