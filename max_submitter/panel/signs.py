"""Small signs that differ by shape, drawn in the colours of the palette: readable without seeing colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from max_submitter.panel.qt import QtCore, QtGui, QtWidgets

Meaning = Literal["fatal", "fixable", "warning", "ok", "wrong", "waiting"]

_WORDS: dict[Meaning, str] = {
    "fatal": "Error",
    "fixable": "Error with a fix",
    "warning": "Warning",
    "ok": "OK",
    "wrong": "Wrong",
    "waiting": "Looking",
}
_Role = QtGui.QPalette.ColorRole
_P = QtCore.QPointF
_OCTAGON = ((3, 0), (7, 0), (10, 3), (10, 7), (7, 10), (3, 10), (0, 7), (0, 3))


class Sign(QtWidgets.QWidget):
    """One sign, as large as the text beside it."""

    def __init__(self, meaning: Meaning = "waiting") -> None:
        super().__init__()
        self._meaning: Meaning | None = None
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Fixed, QtWidgets.QSizePolicy.Policy.Fixed)
        self.set_meaning(meaning)

    def set_meaning(self, meaning: Meaning) -> None:
        """Show another sign."""
        if meaning != self._meaning:
            self._meaning = meaning
            self.setAccessibleName(_WORDS[meaning])
            self.setToolTip(_WORDS[meaning])
            self.update()

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """A square of the height of the font."""
        side = self.fontMetrics().height()
        return QtCore.QSize(side, side)

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw on a field of 10 by 10 with a margin of one."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        side = min(self.width(), self.height())
        painter.scale(side / 12, side / 12)
        painter.translate(1, 1)
        _DRAW[self._meaning or "waiting"](painter, self.palette())
        painter.end()


def _pen(colour: QtGui.QColor, width: float = 1.4) -> QtGui.QPen:
    pen = QtGui.QPen(colour, width)
    pen.setCapStyle(QtCore.Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(QtCore.Qt.PenJoinStyle.RoundJoin)
    return pen


def _lines(painter: QtGui.QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolyline(QtGui.QPolygonF([_P(x, y) for x, y in points]))


def _fatal(painter: QtGui.QPainter, palette: QtGui.QPalette) -> None:
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(palette.color(_Role.WindowText))
    painter.drawPolygon(QtGui.QPolygonF([_P(x, y) for x, y in _OCTAGON]))
    painter.setPen(_pen(palette.color(_Role.Window), 1.6))
    _lines(painter, (3.2, 3.2), (6.8, 6.8))
    _lines(painter, (6.8, 3.2), (3.2, 6.8))


def _mark(painter: QtGui.QPainter, top: float) -> None:
    _lines(painter, (5, top), (5, 5.9))
    _lines(painter, (5, 7.9), (5, 8.0))


def _fixable(painter: QtGui.QPainter, palette: QtGui.QPalette) -> None:
    painter.setPen(_pen(palette.color(_Role.WindowText)))
    painter.drawEllipse(QtCore.QRectF(0.2, 0.2, 9.6, 9.6))
    _mark(painter, 2.4)


def _warning(painter: QtGui.QPainter, palette: QtGui.QPalette) -> None:
    painter.setPen(_pen(palette.color(_Role.WindowText), 1.2))
    _lines(painter, (5, 0.2), (9.9, 9.7), (0.1, 9.7), (5, 0.2))
    _mark(painter, 3.8)


def _ok(painter: QtGui.QPainter, palette: QtGui.QPalette) -> None:
    painter.setPen(_pen(palette.color(_Role.WindowText), 1.8))
    _lines(painter, (0.8, 5.4), (3.8, 8.6), (9.4, 1.6))


def _waiting(painter: QtGui.QPainter, palette: QtGui.QPalette) -> None:
    painter.setPen(_pen(palette.color(_Role.WindowText), 2))
    for x in (1.2, 5, 8.8):
        painter.drawPoint(_P(x, 5))


_DRAW: dict[Meaning, Callable[[QtGui.QPainter, QtGui.QPalette], None]] = {
    "fatal": _fatal,
    "fixable": _fixable,
    "warning": _warning,
    "ok": _ok,
    "wrong": _fatal,
    "waiting": _waiting,
}
