"""The panel in a dock of 3ds Max's main window: shown, hidden, shown again; destroyed only by `destroy_panel`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from flatiron_tasks.contracts.errors import SettingsError
from max_submitter.panel.panel import Panel
from max_submitter.panel.qt import QtCore, QtWidgets, as_main_window, is_alive
from max_submitter.session.port import PanelSession

DOCK_NAME = "FlatironNetworkRenderingDock"
"""Object name: by it 3ds Max remembers the place of the dock, and we find it again."""

_held: dict[str, PanelDock] = {}
"""Strong references: a macroscript drops what it gets, and Python would collect the panel under 3ds Max's feet."""


class PanelDock(QtWidgets.QDockWidget):
    """Closing hides it: the session goes on and textures are applied; nothing is destroyed while 3ds Max works."""

    def __init__(self, session: PanelSession, window: QtWidgets.QMainWindow) -> None:
        super().__init__("Network Rendering", window)
        self.setObjectName(DOCK_NAME)
        self.setProperty("NoMaxAccelerators", True)
        self.panel = Panel(session)
        self.setWidget(self.panel)


def show_panel(
    open_session: Callable[[], PanelSession],
    *,
    window: QtWidgets.QMainWindow | None = None,
    window_handle: Callable[[], int] | None = None,
) -> PanelDock:
    """Show the panel, in the dock it has already or in a new one.

    `open_session` is called for a new dock only. Without `window` 3ds Max's main window is taken: from `qtmax`, or by
    the handle that `window_handle` gives (`windows.getMAXHWND`), as qtmax may be half initialised in a macroscript.
    Raises SettingsError if there is no main window.
    """
    main = window or main_window(window_handle)
    dock = _held.get(DOCK_NAME)
    if dock is None or not is_alive(dock):
        _remove_strangers(main)
        dock = _held[DOCK_NAME] = PanelDock(open_session(), main)
        _place(main, dock)
    dock.show()
    dock.raise_()
    return dock


def destroy_panel() -> None:
    """Close the session and remove the dock: when 3ds Max ends, or before the package is loaded anew."""
    dock = _held.pop(DOCK_NAME, None)
    if dock is None or not is_alive(dock):
        return
    dock.panel.close_session()
    main = dock.parentWidget()
    if isinstance(main, QtWidgets.QMainWindow):
        main.removeDockWidget(dock)
    dock.hide()
    dock.deleteLater()


def main_window(window_handle: Callable[[], int] | None = None) -> QtWidgets.QMainWindow:
    """3ds Max's main window. Raises SettingsError if there is none."""
    widget = _from_qtmax() or _from_handle(window_handle) or _from_application()
    if widget is None:
        raise SettingsError(
            "The main window of 3ds Max was not found.", advice="Open the panel inside a running 3ds Max with a window."
        )
    return as_main_window(widget)


def _from_qtmax() -> QtWidgets.QWidget | None:
    try:
        found = import_module("qtmax").GetQMaxMainWindow()
    except (ImportError, AttributeError):
        return None
    return found if isinstance(found, QtWidgets.QWidget) else None


def _from_handle(window_handle: Callable[[], int] | None) -> QtWidgets.QWidget | None:
    return QtWidgets.QWidget.find(window_handle()) if window_handle is not None else None


def _from_application() -> QtWidgets.QWidget | None:
    windows = QtWidgets.QApplication.topLevelWidgets() if QtWidgets.QApplication.instance() else []
    return next((widget for widget in windows if isinstance(widget, QtWidgets.QMainWindow)), None)


def _remove_strangers(main: QtWidgets.QMainWindow) -> None:
    """Take away docks of an earlier load of this package, whose Python side is gone."""
    for dock in main.findChildren(QtWidgets.QDockWidget, DOCK_NAME):
        main.removeDockWidget(dock)
        dock.hide()
        dock.setObjectName("")
        dock.deleteLater()


def _place(main: QtWidgets.QMainWindow, dock: PanelDock) -> None:
    if not main.restoreDockWidget(dock):
        main.addDockWidget(QtCore.Qt.DockWidgetArea.RightDockWidgetArea, dock)
        dock.setFloating(True)  # a first dock must not push 3ds Max's viewports aside
