from __future__ import annotations

import gc
import sys
import types
from collections.abc import Iterator

import pytest

from flatiron_tasks.contracts.errors import SettingsError
from max_submitter.panel import dock
from max_submitter.panel.qt import QtCore, QtWidgets, is_alive
from max_submitter.testing import fake_session_scenarios as scenarios
from max_submitter.testing.fake_session import FakeSession
from tests.panel.person import Person


@pytest.fixture
def window(person: Person) -> Iterator[QtWidgets.QMainWindow]:
    """Something like 3ds Max's main window."""
    main = QtWidgets.QMainWindow()
    main.setCentralWidget(QtWidgets.QWidget())
    main.show()
    yield main
    dock.destroy_panel()
    main.hide()
    main.deleteLater()
    person.turn()


def filled() -> FakeSession:
    return FakeSession(scenarios.filled_in())


def test_the_panel_is_shown_once_however_often_it_is_asked_for(window: QtWidgets.QMainWindow, person: Person) -> None:
    sessions: list[FakeSession] = []

    def open_session() -> FakeSession:
        sessions.append(filled())
        return sessions[-1]

    first = dock.show_panel(open_session, window=window)
    second = dock.show_panel(open_session, window=window)
    person.turn()
    assert first is second
    assert len(sessions) == 1
    assert window.findChildren(QtWidgets.QDockWidget, dock.DOCK_NAME) == [first]


def test_a_closed_dock_is_hidden_its_session_lives_and_it_comes_back(
    window: QtWidgets.QMainWindow, person: Person
) -> None:
    session = filled()
    shown = dock.show_panel(lambda: session, window=window)
    person.turn()
    shown.close()
    person.turn()
    assert not shown.isVisible()
    assert session.asked("close") == []
    again = dock.show_panel(filled, window=window)
    assert again is shown
    assert again.isVisible()
    assert again.panel.isVisible()


def test_the_panel_outlives_its_callers_reference(window: QtWidgets.QMainWindow, person: Person) -> None:
    dock.show_panel(filled, window=window)
    gc.collect()
    person.turn()
    found = window.findChild(QtWidgets.QDockWidget, dock.DOCK_NAME)
    assert isinstance(found, dock.PanelDock)
    assert is_alive(found.panel)


def test_a_destroyed_panel_ends_its_session_and_a_new_one_can_be_shown(
    window: QtWidgets.QMainWindow, person: Person
) -> None:
    session = filled()
    old = dock.show_panel(lambda: session, window=window)
    dock.destroy_panel()
    person.turn()
    assert session.asked("close") == [()]
    assert not is_alive(old)
    new = dock.show_panel(filled, window=window)
    person.turn()
    assert new.isVisible()


def test_destroying_twice_or_after_max_deleted_the_dock_is_no_error(
    window: QtWidgets.QMainWindow, person: Person
) -> None:
    shown = dock.show_panel(filled, window=window)
    shown.deleteLater()
    person.turn()
    assert not is_alive(shown)
    dock.destroy_panel()
    dock.destroy_panel()


def test_a_dock_left_by_an_earlier_load_is_replaced(window: QtWidgets.QMainWindow, person: Person) -> None:
    stale = QtWidgets.QDockWidget(window)
    stale.setObjectName(dock.DOCK_NAME)
    window.addDockWidget(QtCore.Qt.DockWidgetArea.LeftDockWidgetArea, stale)
    shown = dock.show_panel(filled, window=window)
    person.turn()
    assert not is_alive(stale)
    assert window.findChildren(QtWidgets.QDockWidget, dock.DOCK_NAME) == [shown]


def test_a_place_that_the_window_remembers_is_taken_again(window: QtWidgets.QMainWindow, person: Person) -> None:
    first = dock.show_panel(filled, window=window)
    first.setFloating(False)
    window.addDockWidget(QtCore.Qt.DockWidgetArea.LeftDockWidgetArea, first)
    person.turn()
    state = window.saveState()
    dock.destroy_panel()
    person.turn()
    window.restoreState(state)
    again = dock.show_panel(filled, window=window)
    assert window.dockWidgetArea(again) == QtCore.Qt.DockWidgetArea.LeftDockWidgetArea
    assert not again.isFloating()


def test_max_keeps_its_accelerators_away_from_the_dock(window: QtWidgets.QMainWindow) -> None:
    assert dock.show_panel(filled, window=window).property("NoMaxAccelerators") is True


def test_the_window_comes_from_qtmax(window: QtWidgets.QMainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    qtmax = types.ModuleType("qtmax")
    qtmax.GetQMaxMainWindow = lambda: window  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "qtmax", qtmax)
    assert dock.main_window() is window


def test_a_half_initialised_qtmax_gives_way_to_the_handle(
    window: QtWidgets.QMainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "qtmax", types.ModuleType("qtmax"))
    assert dock.main_window(lambda: int(window.winId())) is window


def test_without_a_main_window_the_error_says_what_to_do(person: Person) -> None:
    person.turn()
    with pytest.raises(SettingsError, match="running 3ds Max"):
        dock.main_window()
