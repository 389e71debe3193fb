"""A person in front of the panel: looks, types, clicks and tabs. Waits by turning the event loop, never by sleeping."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from max_submitter.panel.panel import Panel
from max_submitter.panel.qt import QtCore, QtWidgets
from max_submitter.testing.fake_session import FakeSession
from max_submitter.testing.fake_session_state import FakeSessionState
from tests.panel.qt_test import QTest
from tests.waiting import wait_until

_ResultT = TypeVar("_ResultT")
_LEFT = QtCore.Qt.MouseButton.LeftButton


@dataclass
class ChosenFiles:
    """Answers the dialogs of the system with what a test chose."""

    folder_answer: str = ""
    file_answer: str = ""
    asked: list[str] = field(default_factory=list)

    def folder(self, parent: QtWidgets.QWidget, title: str, start: str) -> str:
        assert parent.isVisible()
        self.asked.append(f"{title} from {start}")
        return self.folder_answer

    def file(self, parent: QtWidgets.QWidget, title: str, start: str, pattern: str) -> str:
        assert parent.isVisible()
        self.asked.append(f"{title} from {start}: {pattern}")
        return self.file_answer


class Person:
    def __init__(self, application: QtWidgets.QApplication) -> None:
        self.application = application
        self.files = ChosenFiles()
        self._panels: list[tuple[Panel, FakeSession]] = []

    def sit_down(self, state: FakeSessionState) -> tuple[Panel, FakeSession]:
        """A panel that shows everything."""
        session = FakeSession(state)
        panel = Panel(session, self.files)
        self._panels.append((panel, session))
        panel.resize(420, 1200)
        panel.show()
        panel.activateWindow()
        self.look(panel)
        return panel, session

    def look(self, panel: Panel) -> None:
        """Until the panel shows what the session says."""
        self.turn()
        self.wait(panel.is_settled, "everything is shown")
        self.turn()

    def leave(self) -> None:
        for panel, session in self._panels:
            if not session.asked("close"):
                panel.close_session()
            panel.hide()
            panel.deleteLater()
        self.turn()

    def turn(self) -> None:
        """Let the event loop do what waits, and what that asks for."""
        for _ in range(8):
            self.application.processEvents()
            self.application.sendPostedEvents(None, int(QtCore.QEvent.Type.DeferredDelete))

    def wait(self, condition: Callable[[], _ResultT], what: str, *, seconds: float = 30) -> _ResultT:
        def turned() -> _ResultT:
            self.turn()
            return condition()

        return wait_until(turned, timeout_s=seconds, what=what)

    def click(self, widget: QtWidgets.QWidget) -> None:
        assert widget.isVisible(), f"{widget.accessibleName()} cannot be seen"
        QTest.mouseClick(widget, _LEFT, QtCore.Qt.KeyboardModifier.NoModifier, _spot(widget))
        self.turn()

    def write(self, widget: QtWidgets.QWidget, text: str) -> None:
        """Replace what a field holds, key by key."""
        target = widget.focusProxy() or widget
        target.setFocus()
        QTest.keyClick(target, QtCore.Qt.Key.Key_A, QtCore.Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(target, QtCore.Qt.Key.Key_Delete)
        QTest.keyClicks(target, text)
        self.turn()

    def paste(self, widget: QtWidgets.QWidget) -> None:
        QTest.keyClick(widget, QtCore.Qt.Key.Key_V, QtCore.Qt.KeyboardModifier.ControlModifier)
        self.turn()

    def press(self, widget: QtWidgets.QWidget, key: QtCore.Qt.Key) -> None:
        QTest.keyClick(widget, key)
        self.turn()

    def choose(self, box: QtWidgets.QComboBox, label: str) -> None:
        """Go to an entry with the keys."""
        box.setFocus()
        while box.currentText() != label:
            before = box.currentIndex()
            step = QtCore.Qt.Key.Key_Down if before < box.findText(label) else QtCore.Qt.Key.Key_Up
            QTest.keyClick(box, step)
            assert box.currentIndex() != before, f"{label} cannot be reached"
        self.turn()

    def tick(self, view: QtWidgets.QAbstractItemView, row: int) -> None:
        """Press the space bar on a row."""
        view.setFocus()
        index = view.model().index(row, 0)
        view.selectionModel().setCurrentIndex(index, QtCore.QItemSelectionModel.SelectionFlag.NoUpdate)
        QTest.keyClick(view, QtCore.Qt.Key.Key_Space)
        self.turn()


def _spot(widget: QtWidgets.QWidget) -> QtCore.QPoint:
    """Where a click surely hits: on the box of a check box, in the middle of anything else."""
    middle = widget.rect().center()
    return QtCore.QPoint(8, middle.y()) if isinstance(widget, QtWidgets.QCheckBox) else middle
