"""Loads thumbnails in a thread: they may lie on a share that does not answer, and the main thread never waits."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path

from max_submitter.panel.main_thread import MainThread
from max_submitter.panel.qt import QtCore, QtGui

Shown = Callable[[QtGui.QImage], None]

_SIDE = 256
"""Longest side that is kept in memory, in pixels."""


class ThumbnailLoader:
    """One thread, begun by the first request. Answers come on the main thread, in the order of the requests."""

    def __init__(self, main: MainThread) -> None:
        self._main = main
        self._requests: queue.SimpleQueue[tuple[Path, Shown] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def load(self, path: Path, shown: Shown) -> None:
        """Call `shown` with the picture, which is null if there is none that can be read."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="flatiron-thumbnails", daemon=True)
            self._thread.start()
        self._requests.put((path, shown))

    def close(self) -> None:
        """End the thread after what it is reading; a share that hangs does not hold up anybody."""
        self._requests.put(None)

    def _work(self) -> None:
        while (request := self._requests.get()) is not None:
            path, shown = request
            image = _read(path)
            self._main.post(lambda shown=shown, image=image: shown(image))  # type: ignore[misc]


def _read(path: Path) -> QtGui.QImage:
    image = QtGui.QImage(str(path))
    if max(image.width(), image.height()) <= _SIDE:
        return image
    modes = QtCore.Qt.AspectRatioMode.KeepAspectRatio, QtCore.Qt.TransformationMode.SmoothTransformation
    return image.scaled(_SIDE, _SIDE, *modes)
