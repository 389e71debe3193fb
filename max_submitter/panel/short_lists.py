"""Lists and tables that are as high as a few rows of their font, never a number of pixels."""

from __future__ import annotations

from max_submitter.panel.check_outline import CheckOutline
from max_submitter.panel.qt import QtCore, QtWidgets

_Policy = QtWidgets.QSizePolicy.Policy


def _height(view: QtWidgets.QAbstractItemView, rows: int, extra: int = 0) -> QtCore.QSize:
    row = view.sizeHintForRow(0)
    if row <= 0:
        row = view.fontMetrics().height() + 4
    return QtCore.QSize(100, rows * row + 2 * view.frameWidth() + extra)


class ShortList(QtWidgets.QListWidget):
    """A list as high as its rows, up to a limit."""

    def __init__(self, name: str, *, most_rows: int) -> None:
        super().__init__()
        self._most_rows = most_rows
        self.setItemDelegate(CheckOutline(self))
        self.setAccessibleName(name)
        self.setSizePolicy(_Policy.Expanding, _Policy.Fixed)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """Room for its rows."""
        return _height(self, max(1, min(self.count(), self._most_rows)))

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """Never less high."""
        return self.sizeHint()


class ShortTable(QtWidgets.QTableWidget):
    """A table whose rows are selected as a whole, as high as its rows, up to a limit."""

    def __init__(self, name: str, columns: tuple[str, ...], *, least_rows: int, most_rows: int) -> None:
        super().__init__(0, len(columns))
        self._rows = (least_rows, most_rows)
        self.setItemDelegate(CheckOutline(self))
        self.setAccessibleName(name)
        self.setHorizontalHeaderLabels(list(columns))
        self.verticalHeader().hide()
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(_Policy.Expanding, _Policy.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(QtCore.Qt.AlignmentFlag.AlignLeft | QtCore.Qt.AlignmentFlag.AlignVCenter)
        self.fit_rows()

    def fit_rows(self) -> None:
        """Make rows as high as the font asks for."""
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.updateGeometry()

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """Room for its rows and the header."""
        least, most = self._rows
        rows = max(least, min(self.rowCount(), most))
        height = rows * self.verticalHeader().defaultSectionSize() + 2 * self.frameWidth()
        return QtCore.QSize(100, height + self.horizontalHeader().sizeHint().height())

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """Never less high."""
        return self.sizeHint()
