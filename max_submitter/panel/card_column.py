"""Cards below each other, each as high as it asks for. Lays out what has changed, not the whole column.

Qt's box layout asks every child again for every other that comes, at several widths, so that each further card of a
long list takes longer. This column asks a card at one width only, for which Qt remembers the answer.
"""

from __future__ import annotations

from max_submitter.panel.qt import QtCore, QtGui, QtWidgets

_SPACE = 6
_Policy = QtWidgets.QSizePolicy.Policy
_LAYOUT_REQUEST = QtCore.QEvent.Type.LayoutRequest


class CardColumn(QtWidgets.QWidget):
    """As high as its cards are at the width it has. Owns the cards."""

    def __init__(self) -> None:
        super().__init__()
        self._cards: list[QtWidgets.QWidget] = []
        self._size = QtCore.QSize(0, 0)
        self.setSizePolicy(_Policy.Expanding, _Policy.Fixed)

    def cards(self) -> tuple[QtWidgets.QWidget, ...]:
        """From top to bottom."""
        return tuple(self._cards)

    def put(self, place: int, card: QtWidgets.QWidget) -> bool:
        """Let a card stand at this place, counted from the top. Returns whether it did not stand there before."""
        if place < len(self._cards) and self._cards[place] is card:
            return False
        if card in self._cards:
            self._cards.remove(card)
        else:
            card.setParent(self)
            card.show()
        self._cards.insert(place, card)
        self._lay_out_soon()
        return True

    def drop(self, card: QtWidgets.QWidget) -> None:
        """Take a card away and delete it, soon."""
        self._cards.remove(card)
        card.hide()
        card.deleteLater()
        self._lay_out_soon()

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """As of the last time it was laid out."""
        return self._size

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """Never less."""
        return self._size

    def event(self, event: QtCore.QEvent) -> bool:
        """Lay out once for all cards that have changed since: Qt keeps one such event at most."""
        if event.type() == _LAYOUT_REQUEST:
            self._lay_out()
            return True
        return super().event(event)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Texts wrap otherwise at another width."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._lay_out()

    def showEvent(self, event: QtGui.QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Cards that changed while the column was hidden did not tell."""
        super().showEvent(event)
        self._lay_out()

    def _lay_out_soon(self) -> None:
        QtCore.QCoreApplication.postEvent(self, QtCore.QEvent(_LAYOUT_REQUEST))

    def _lay_out(self) -> None:
        top = 0
        for card in self._cards:
            height = _height(card, self.width())
            card.setGeometry(0, top, self.width(), height)
            top += height + _SPACE
        least = max((card.minimumSizeHint().width() for card in self._cards), default=0)
        size = QtCore.QSize(least, max(0, top - _SPACE))
        if size != self._size:
            self._size = size
            self.updateGeometry()


def _height(card: QtWidgets.QWidget, width: int) -> int:
    return card.heightForWidth(width) if card.hasHeightForWidth() else card.sizeHint().height()
