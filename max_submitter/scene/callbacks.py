"""Hear of changes of the scene from 3ds Max (MAX-17). Nothing that a listener raises reaches 3ds Max."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from max_submitter.scene.access import MaxAccess
from max_submitter.scene.port import SceneChange

CALLBACK_ID: Final = "FlatironNetworkRendering"
EVENTS: Final[tuple[tuple[str, SceneChange], ...]] = (
    ("filePostOpen", "opened"),
    ("systemPostNew", "new"),
    ("systemPostReset", "new"),
    ("filePostSave", "saved"),
    ("selectionSetChanged", "selection"),
)

Listener = Callable[[SceneChange], None]


class SceneCallbacks:
    """Registers with 3ds Max while somebody listens. One per 3ds Max: a new one takes the place of the last."""

    def __init__(self, max_: MaxAccess, tell_error: Callable[[str], None]) -> None:
        self._max = max_
        self._tell_error = tell_error
        self._listeners: list[Listener] = []
        self._is_muted = False

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a listener after every change. Returns what ends it; ending twice does no harm."""
        if not self._listeners:
            self._register()
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)
                if not self._listeners:
                    self._unregister()

        return end

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Tell nobody meanwhile: saving a copy sends the same event as saving the scene."""
        self._is_muted = True
        try:
            yield
        finally:
            self._is_muted = False

    def _register(self) -> None:
        """Drop what a former run of this program left behind, then register every event."""
        self._unregister()
        for event, change in EVENTS:
            name, identity = self._max.name(event), self._max.name(CALLBACK_ID)
            self._max.rt.callbacks.addScript(name, self._teller(change), id=identity)

    def _unregister(self) -> None:
        self._max.rt.callbacks.removeScripts(id=self._max.name(CALLBACK_ID))

    def _teller(self, change: SceneChange) -> Callable[[], None]:
        def tell() -> None:
            for listener in () if self._is_muted else tuple(self._listeners):
                try:
                    listener(change)
                except Exception:  # noqa: BLE001  # the border: 3ds Max would show a dialog, or stop opening the file
                    self._tell_error(f"Flatiron: {traceback.format_exc()}")

        return tell
