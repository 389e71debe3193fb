"""Texts: one line that is cut where room ends, prose that wraps and can be selected, headings."""

from __future__ import annotations

from max_submitter.panel.qt import QtCore, QtGui, QtWidgets

_Elide = QtCore.Qt.TextElideMode
_Policy = QtWidgets.QSizePolicy.Policy


class OneLine(QtWidgets.QWidget):
    """A text in one line, cut with an ellipsis; the whole of it is the tooltip.

    Changing it repaints and never lays out again, unlike a QLabel: a hundred of them may change every second.
    """

    def __init__(self, *, bold: bool = False, elide: QtCore.Qt.TextElideMode = _Elide.ElideRight) -> None:
        super().__init__()
        self._text = ""
        self._elide = elide
        self._is_bold = bold
        self.setSizePolicy(_Policy.Expanding, _Policy.Fixed)

    def text(self) -> str:
        """The whole text."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text = text
            self.setToolTip(text)
            self.setAccessibleName(text)
            self.update()

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """As high as the font, and never asking for width."""
        return QtCore.QSize(0, self._metrics().height())

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw what there is room for."""
        painter = QtGui.QPainter(self)
        painter.setFont(self._own_font())
        shown = self._metrics().elidedText(self._text, self._elide, self.width())
        flags = int(QtCore.Qt.AlignmentFlag.AlignVCenter | QtCore.Qt.AlignmentFlag.AlignLeft)
        enabled, role = self.isEnabled(), QtGui.QPalette.ColorRole.WindowText
        self.style().drawItemText(painter, self.rect(), flags, self.palette(), enabled, shown, role)
        painter.end()

    def _own_font(self) -> QtGui.QFont:
        font = QtGui.QFont(self.font())
        font.setBold(self._is_bold)
        return font

    def _metrics(self) -> QtGui.QFontMetrics:
        return QtGui.QFontMetrics(self._own_font())


class Prose(QtWidgets.QLabel):
    """Sentences: wrapped, selectable, plain text, gone while empty. The Tab key passes over them."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(_Policy.Ignored, _Policy.Preferred)
        self.setAccessibleName(name)
        self.hide()

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """One line: the height for the width that there is comes from `heightForWidth`."""
        return QtCore.QSize(0, self.fontMetrics().height())

    def set_text(self, text: str) -> None:
        """Show another text; nothing happens if it is the same."""
        if text != self.text():
            self.setText(text)
        if self.isHidden() == bool(text):
            self.setVisible(bool(text))


def heading(text: str) -> QtWidgets.QLabel:
    """A bold line above a part of a rollout."""
    label = QtWidgets.QLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    label.setContentsMargins(0, label.fontMetrics().height() // 3, 0, 0)
    return label
