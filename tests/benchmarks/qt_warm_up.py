"""Let Qt do what it does once in a program: load fonts, make a style's pictures, show a first window of each kind.

3ds Max is a Qt program that has long done so when somebody opens the panel. Nothing of ours is in this window.
"""

from __future__ import annotations

import time

from max_submitter.panel.qt import QtCore, QtWidgets

_KINDS = (
    QtWidgets.QLabel,
    QtWidgets.QPushButton,
    QtWidgets.QToolButton,
    QtWidgets.QLineEdit,
    QtWidgets.QSpinBox,
    QtWidgets.QComboBox,
    QtWidgets.QCheckBox,
    QtWidgets.QProgressBar,
    QtWidgets.QListWidget,
    QtWidgets.QTableWidget,
    QtWidgets.QTreeWidget,
)
_LETTERS = "Aa … × ² &é"
_TURNS = 10


def warm_up() -> float:
    """Show a window with one widget of each kind and take it away. Returns the seconds of the longest turn."""
    began = time.perf_counter()
    window = QtWidgets.QScrollArea()
    column = QtWidgets.QWidget()
    form = QtWidgets.QFormLayout(column)
    for kind in _KINDS:
        widget = kind()
        font = widget.font()
        font.setBold(True)
        widget.setFont(font)
        if isinstance(widget, (QtWidgets.QLabel, QtWidgets.QAbstractButton, QtWidgets.QLineEdit)):
            widget.setText(_LETTERS)
        form.addRow(_LETTERS, widget)
    window.setWidget(column)
    window.show()
    longest = 0.0
    for _ in range(_TURNS):
        QtWidgets.QApplication.processEvents()
        longest, began = max(longest, time.perf_counter() - began), time.perf_counter()
    window.hide()
    window.deleteLater()
    QtWidgets.QApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete.value)
    return longest
