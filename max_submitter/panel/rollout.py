"""A collapsible part of the panel, as 3ds Max's command panels have."""

from __future__ import annotations

from max_submitter.panel.qt import QtCore, QtWidgets

_Policy = QtWidgets.QSizePolicy.Policy


class Rollout(QtWidgets.QWidget):
    """A title bar that opens and closes what stands below it. Put content into `body`."""

    def __init__(self, title: str) -> None:
        """`title` with `&` before the letter of its mnemonic."""
        super().__init__()
        self.title = QtWidgets.QToolButton()
        self.title.setText(title)
        self.title.setCheckable(True)
        self.title.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.title.setSizePolicy(_Policy.Expanding, _Policy.Fixed)
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.title.setAccessibleName(title.replace("&", ""))
        self._content = QtWidgets.QWidget()
        self.body = QtWidgets.QVBoxLayout(self._content)
        self.body.setContentsMargins(6, 6, 6, 8)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addWidget(self._content)
        self.title.toggled.connect(self._show_open)
        self.title.setChecked(True)

    def is_open(self) -> bool:
        """Whether the content is shown."""
        return self.title.isChecked()

    def set_open(self, is_open: bool) -> None:
        """Show or hide the content."""
        self.title.setChecked(is_open)

    def _show_open(self, is_open: bool) -> None:
        arrow = QtCore.Qt.ArrowType.DownArrow if is_open else QtCore.Qt.ArrowType.RightArrow
        self.title.setArrowType(arrow)
        self.title.setAccessibleDescription("open" if is_open else "closed")
        self._content.setVisible(is_open)
