"""PySide6 (3ds Max 2025 and later) or PySide2 (up to 2024): the one file that knows there are two.

The panel uses scoped enums and `toggled`/`clicked`, which both bindings have; `QAction` moved from QtWidgets to
QtGui in Qt 6 (Qt documentation, "Changes to Qt Widgets"). PySide6 is what the types are checked against.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flatiron_tasks.contracts.errors import SettingsError

if TYPE_CHECKING:
    import shiboken6 as shiboken
    from PySide6 import QtCore, QtGui, QtWidgets
    from PySide6.QtCore import Signal, Slot
    from PySide6.QtGui import QAction
else:
    try:
        import shiboken6 as shiboken
        from PySide6 import QtCore, QtGui, QtWidgets
        from PySide6.QtCore import Signal, Slot
        from PySide6.QtGui import QAction
    except ImportError:
        try:
            import shiboken2 as shiboken
            from PySide2 import QtCore, QtGui, QtWidgets
            from PySide2.QtCore import Signal, Slot
            from PySide2.QtWidgets import QAction
        except ImportError as error:
            raise SettingsError(
                "The panel needs Qt for Python, which is not installed here.",
                why=str(error),
                advice="3ds Max brings it along; elsewhere install PySide6-Essentials.",
            ) from error

__all__ = ["QAction", "QtCore", "QtGui", "QtWidgets", "Signal", "Slot", "as_main_window", "is_alive", "shiboken"]


def as_main_window(widget: QtWidgets.QWidget) -> QtWidgets.QMainWindow:
    """3ds Max's main window behind a widget that Qt knows only as a QWidget.

    Wrapping a plain window handle crashes 3ds Max; only the C++ address of a live widget is safe.
    """
    if isinstance(widget, QtWidgets.QMainWindow):
        return widget
    address = shiboken.getCppPointer(widget)[0]
    return cast("QtWidgets.QMainWindow", shiboken.wrapInstance(address, QtWidgets.QMainWindow))


def is_alive(thing: QtCore.QObject | None) -> bool:
    """Whether Qt has not deleted the object behind a Python reference."""
    return thing is not None and bool(shiboken.isValid(thing))
