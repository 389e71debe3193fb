"""Hear of changes of the scene from 3ds Max (MAX-17). Nothing that a listener raises reaches 3ds Max.

A panel and a script may listen at the same time: each registers under an id of its own, so that the end of one leaves
the other alone. Saving a copy is silent for all of them, whoever saves it.
"""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from max_submitter.scene.access import MaxAccess
from max_submitter.scene.port import SceneChange

CALLBACK_ID: Final = "FlatironNetworkRendering"
"""Begin of every id; a number follows. They begin at 1 anew when this program is loaded anew, and so find what a former
run left behind."""
EVENTS: Final[tuple[tuple[str, SceneChange], ...]] = (
    ("filePostOpen", "opened"),
    ("systemPostNew", "new"),
    ("systemPostReset", "new"),
    ("filePostSave", "saved"),
    ("selectionSetChanged", "selection"),
)

Listener = Callable[[SceneChange], None]
_NUMBERS: Final = itertools.count(1)


class SceneCallbacks:
    """Registers with 3ds Max while somebody listens. Main thread only."""

    _muting = 0
    """How many copies are being saved, by anybody in this 3ds Max."""

    def __init__(self, max_: MaxAccess, tell_error: Callable[[str], None]) -> None:
        self._max = max_
        self._tell_error = tell_error
        self._listeners: list[Listener] = []
        self.identity = f"{CALLBACK_ID}{next(_NUMBERS)}"

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
        SceneCallbacks._muting += 1
        try:
            yield
        finally:
            SceneCallbacks._muting -= 1

    def _register(self) -> None:
        """Drop what a former run of this program left behind, then register every event."""
        self._unregister()
        for event, change in EVENTS:
            name, identity = self._max.name(event), self._max.name(self.identity)
            self._max.rt.callbacks.addScript(name, self._teller(change), id=identity)

    def _unregister(self) -> None:
        self._max.rt.callbacks.removeScripts(id=self._max.name(self.identity))

    def _teller(self, change: SceneChange) -> Callable[[], None]:
        def tell() -> None:
            for listener in () if SceneCallbacks._muting else tuple(self._listeners):
                try:
                    listener(change)
                except Exception:  # noqa: BLE001  # the border: 3ds Max would show a dialog, or stop opening the file
                    self._tell_error(f"Flatiron: {traceback.format_exc()}")

        return tell
