"""The picture of a job: what is merged so far, as high as a few lines of text."""

from __future__ import annotations

from pathlib import Path

from max_submitter.panel.qt import QtCore, QtGui, QtWidgets, is_alive
from max_submitter.panel.thumbnails import ThumbnailLoader

_LINES = 4


class Thumbnail(QtWidgets.QWidget):
    """Keeps the last picture until a newer one is read."""

    def __init__(self, loader: ThumbnailLoader) -> None:
        super().__init__()
        self._loader = loader
        self._wanted: tuple[Path, int] | None = None
        self._image = QtGui.QImage()
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Fixed, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setAccessibleName("No picture yet")

    def want(self, path: Path | None, sequence: int) -> None:
        """Show the picture at `path` as of event `sequence`: the same file grows while pieces are merged."""
        wanted = None if path is None else (path, sequence)
        if wanted == self._wanted:
            return
        self._wanted = wanted
        if path is not None:
            self._loader.load(path, self._show)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """A square."""
        side = self.fontMetrics().lineSpacing() * _LINES
        return QtCore.QSize(side, side)

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the picture, or an empty frame."""
        painter = QtGui.QPainter(self)
        role = QtGui.QPalette.ColorRole
        if self._image.isNull():
            painter.setPen(QtGui.QPen(self.palette().color(role.Mid), 1, QtCore.Qt.PenStyle.DashLine))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        else:
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self._place(), self._image)
        painter.end()

    def _place(self) -> QtCore.QRect:
        size = self._image.size().scaled(self.size(), QtCore.Qt.AspectRatioMode.KeepAspectRatio)
        place = QtCore.QRect(QtCore.QPoint(0, 0), size)
        place.moveCenter(self.rect().center())
        return place

    def _show(self, image: QtGui.QImage) -> None:
        if is_alive(self) and not image.isNull():
            self._image = image
            self.setAccessibleName("What is merged so far")
            self.update()
