"""Choosing folders and files with the system's dialogs, and a field for a folder that can be browsed for."""

from __future__ import annotations

from typing import Protocol

from max_submitter.panel.fields import TextField
from max_submitter.panel.qt import QtWidgets, Signal


class FileDialogs(Protocol):
    """What asks a person for a folder or a file. Both give an empty text if he changed his mind."""

    def folder(self, parent: QtWidgets.QWidget, title: str, start: str) -> str:
        """An existing folder."""
        ...

    def file(self, parent: QtWidgets.QWidget, title: str, start: str, pattern: str) -> str:
        """An existing file that fits `pattern`, as "Job description (job.desc)"."""
        ...


class SystemFileDialogs:
    """The dialogs of the operating system."""

    def folder(self, parent: QtWidgets.QWidget, title: str, start: str) -> str:
        """Ask for a folder."""
        return str(QtWidgets.QFileDialog.getExistingDirectory(parent, title, start))

    def file(self, parent: QtWidgets.QWidget, title: str, start: str, pattern: str) -> str:
        """Ask for a file."""
        return str(QtWidgets.QFileDialog.getOpenFileName(parent, title, start, pattern)[0])


class FolderField(QtWidgets.QWidget):
    """A folder, typed or browsed for. Says nothing about whether it exists: preflight does."""

    edited = Signal(str)

    def __init__(self, name: str, dialogs: FileDialogs, *, hint: str) -> None:
        super().__init__()
        self._name, self._dialogs = name, dialogs
        self.line = TextField(name, longest=4000, hint=hint)
        self.browse = QtWidgets.QToolButton()
        self.browse.setText("Browse…")
        self.browse.setAccessibleName(f"Browse for {name}")
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.browse)
        self.setFocusProxy(self.line)
        self.line.edited.connect(self._tell)
        self.browse.clicked.connect(self._browse)

    def show_value(self, folder: str) -> None:
        """Show a folder."""
        self.line.show_value(folder)
        self.line.setToolTip(folder)

    def _tell(self, folder: str) -> None:
        self.line.setToolTip(folder)
        self.edited.emit(folder)

    def _browse(self) -> None:
        chosen = self._dialogs.folder(self, self._name, self.line.text())
        if chosen:
            self.show_value(chosen)
            self.edited.emit(chosen)
