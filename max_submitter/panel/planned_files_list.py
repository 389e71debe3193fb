"""The final path of every file that would be made: cut in the middle, whole in the tooltip, to be copied."""

from __future__ import annotations

from max_submitter.panel.labels import OneLine
from max_submitter.panel.qt import QAction, QtCore, QtGui, QtWidgets
from max_submitter.panel.short_lists import ShortList
from max_submitter.panel.words import count
from max_submitter.session.port import PanelSession, PlannedFile

_MOST = 200
"""Rows shown; a long range makes thousands of files, of which Copy gives all."""


class PlannedFilesList(QtWidgets.QWidget):
    """Read again whenever the settings or the scene change."""

    def __init__(self, session: PanelSession) -> None:
        super().__init__()
        self._session = session
        self._files: tuple[PlannedFile, ...] | None = None
        self.summary = OneLine()
        self.list = ShortList("Files that will be made", most_rows=6)
        self.list.setTextElideMode(QtCore.Qt.TextElideMode.ElideMiddle)
        self.list.setUniformItemSizes(True)
        self.list.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.ExtendedSelection)
        self.copy = QtWidgets.QPushButton("&Copy paths")
        self._add_copy_action()
        top = QtWidgets.QHBoxLayout()
        top.addWidget(self.summary, 1)
        top.addWidget(self.copy)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.list)
        self.copy.clicked.connect(self.copy_paths)

    def refresh(self) -> None:
        """Show the files, if they are others than before."""
        files = self._session.planned_files()
        if files == self._files:
            return
        self._files = files
        self.list.clear()
        for file in files[:_MOST]:
            self.list.addItem(_item(file))
        self._summarise(files)
        self.list.setVisible(bool(files))
        self.copy.setEnabled(bool(files))
        self.list.updateGeometry()

    def copy_paths(self) -> None:
        """Put the selected paths on the clipboard, or all of them."""
        files = self._files or ()
        rows = sorted(index.row() for index in self.list.selectedIndexes())
        chosen = [files[row] for row in rows] or list(files)
        QtGui.QGuiApplication.clipboard().setText("\n".join(str(file.path) for file in chosen))

    def _add_copy_action(self) -> None:
        action = QAction("Copy", self.list)
        action.setShortcut(QtGui.QKeySequence(QtGui.QKeySequence.StandardKey.Copy))
        action.setShortcutContext(QtCore.Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda _checked=False: self.copy_paths())
        self.list.addAction(action)
        self.list.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.ActionsContextMenu)

    def _summarise(self, files: tuple[PlannedFile, ...]) -> None:
        if not files:
            self.summary.set_text("No files yet: choose elements and a folder.")
            return
        text = count(len(files), "file", "files")
        there = sum(1 for file in files if file.exists)
        text += f", {there:,} already there" if there else ""
        text += f"; the first {_MOST}:" if len(files) > _MOST else ""
        self.summary.set_text(text)


def _item(file: PlannedFile) -> QtWidgets.QListWidgetItem:
    item = QtWidgets.QListWidgetItem(f"{file.path} (exists)" if file.exists else str(file.path))
    there = "\nA file is already there." if file.exists else ""
    item.setToolTip(f"{file.element}\n{file.path}{there}")
    return item
