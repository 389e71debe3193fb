"""QTest of the binding that the panel uses."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from max_submitter.panel.qt import QtCore

if TYPE_CHECKING:
    from PySide6.QtTest import QTest
else:
    QTest = import_module(QtCore.__name__.replace("QtCore", "QtTest")).QTest

__all__ = ["QTest"]
