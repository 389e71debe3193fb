"""Lays widgets out in lines that wrap, as words do: a narrow panel or a large font never cuts a button."""

from __future__ import annotations

from max_submitter.panel.qt import QtCore, QtWidgets

_SPACE = 4


class FlowLayout(QtWidgets.QLayout):
    """From left to right, then on the next line. Hidden widgets take no room (after Qt's "Flow Layout Example")."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QtWidgets.QLayoutItem] = []
        self._heights: dict[int, int] = {}
        self._minimum: QtCore.QSize | None = None
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QtWidgets.QLayoutItem) -> None:  # noqa: N802 - Qt's name
        """Called by `addWidget`."""
        self._items.append(item)

    def count(self) -> int:
        """Number of items."""
        return len(self._items)

    def itemAt(self, index: int) -> QtWidgets.QLayoutItem | None:  # noqa: N802 - Qt's name
        """An item, or None past the end, as Qt wants it."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QtWidgets.QLayoutItem | None:  # noqa: N802 - Qt's name
        """Give an item away, or None past the end."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> QtCore.Qt.Orientation:  # noqa: N802 - Qt's name
        """Wants no more room than it needs."""
        return QtCore.Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """Higher when narrower."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Height of all lines."""
        if width not in self._heights:
            self._heights[width] = self._place(QtCore.QRect(0, 0, width, 0), is_trial=True)
        return self._heights[width]

    def invalidate(self) -> None:
        """Measure again: something inside has changed. Otherwise a hundred of these are measured for every other."""
        self._heights.clear()
        self._minimum = None
        super().invalidate()

    def setGeometry(self, rect: QtCore.QRect) -> None:  # noqa: N802 - Qt's name
        """Put every item in its place."""
        super().setGeometry(rect)
        self._place(rect, is_trial=False)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """As wide as the widest item; what is wider is taken by `heightForWidth`."""
        return self.minimumSize()

    def minimumSize(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """The widest item, the highest item."""
        if self._minimum is None:
            size = QtCore.QSize()
            for item in self._items:
                if not item.isEmpty():
                    size = size.expandedTo(item.sizeHint())
            self._minimum = size
        return self._minimum

    def _place(self, rect: QtCore.QRect, *, is_trial: bool) -> int:
        x, y, line_height = rect.x(), rect.y(), 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            if x > rect.x() and x + size.width() > rect.x() + rect.width():
                x, y, line_height = rect.x(), y + line_height + _SPACE, 0
            if not is_trial:
                item.setGeometry(QtCore.QRect(QtCore.QPoint(x, y), size))
            x += size.width() + _SPACE
            line_height = max(line_height, size.height())
        return y + line_height - rect.y()
