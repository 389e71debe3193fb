"""Draws a clear frame around the check boxes of lists: on dark palettes some styles draw an empty one unseen."""

from __future__ import annotations

from max_submitter.panel.qt import QtCore, QtGui, QtWidgets

_Element = QtWidgets.QStyle.SubElement


class CheckOutline(QtWidgets.QStyledItemDelegate):
    """The style's own drawing, and a frame in the colour of the text over it."""

    def paint(
        self,
        painter: QtGui.QPainter,
        option: QtWidgets.QStyleOptionViewItem,
        index: QtCore.QModelIndex | QtCore.QPersistentModelIndex,
    ) -> None:
        """Draw one cell."""
        super().paint(painter, option, index)
        if index.data(QtCore.Qt.ItemDataRole.CheckStateRole) is None:
            return
        view = self.parent()
        if not isinstance(view, QtWidgets.QAbstractItemView):
            return
        own = QtWidgets.QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        box = view.style().subElementRect(_Element.SE_ItemViewItemCheckIndicator, own, view)
        painter.save()
        painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        painter.setPen(view.palette().color(QtGui.QPalette.ColorRole.PlaceholderText))
        painter.drawRect(box.adjusted(0, 0, -1, -1))
        painter.restore()
