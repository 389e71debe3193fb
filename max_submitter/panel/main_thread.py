"""The ways to Qt's main thread: from any thread, in the order in which work was posted, and after some time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from max_submitter.panel.qt import QtCore, Signal, Slot, is_alive
from max_submitter.session.background import After

Work = Callable[[], None]


def after(milliseconds: int, action: Work) -> None:
    """Run `action` on the main thread after that time. Called on the main thread only."""
    QtCore.QTimer.singleShot(milliseconds, action)


def after_while_alive(owner: QtCore.QObject) -> After:
    """The same for what belongs to `owner`: nothing is run when Qt has deleted it."""

    def run(milliseconds: int, action: Work) -> None:
        after(milliseconds, lambda: action() if is_alive(owner) else None)

    return run


class MainThread(QtCore.QObject):
    """Runs callables on the thread that made it, which must be the one with Qt's event loop.

    A queued signal does it: `QTimer.singleShot` called in a worker thread never fires. The signal is declared with
    `object`, which both bindings carry safely from thread to thread. An error in posted work goes to
    `sys.excepthook`, as from any slot.
    """

    _posted = Signal(object)

    def __init__(self, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._is_open = True
        # Queued also when posted from the main thread itself: otherwise that work would overtake older work.
        self._posted.connect(self._run, QtCore.Qt.ConnectionType.QueuedConnection)

    def post(self, work: Work) -> None:
        """Run `work` on the main thread soon; returns at once. After `close` it is dropped. Any thread may call."""
        with self._lock:
            if self._is_open:
                self._posted.emit(work)

    def close(self) -> None:
        """Drop what was posted and not yet run, and all that is posted later. Main thread only."""
        with self._lock:
            self._is_open = False

    @Slot(object)
    def _run(self, work: Work) -> None:
        if self._is_open:
            work()
