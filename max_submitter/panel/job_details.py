"""The expanded part of a job: its passes, its textures, and what happened on this machine."""

from __future__ import annotations

from typing import cast

from max_submitter.panel.qt import QtCore, QtWidgets
from max_submitter.panel.words import passes_done
from max_submitter.session.port import JobRow

Lines = tuple[tuple[str, str], ...]
_ROWS = 9


class JobDetails(QtWidgets.QTreeWidget):
    """Three branches. Rows are rewritten in place, so that scrolling, focus and open branches stay."""

    def __init__(self, job_name: str) -> None:
        super().__init__()
        self.setAccessibleName(f"Details of {job_name}")
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(self.fontMetrics().averageCharWidth() * 2)
        self.header().setSectionResizeMode(0, QtWidgets.QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QtWidgets.QHeaderView.ResizeMode.Stretch)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self._branches = [self._branch() for _ in range(3)]

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """As high as a few rows of the font."""
        return QtCore.QSize(100, (self.fontMetrics().height() + 4) * _ROWS)

    def show_job(self, row: JobRow) -> None:
        """Show what is known of the job now."""
        view = row.view
        passes = tuple((item.label, _joined(item.state, item.reason)) for item in view.passes)
        textures = tuple((item.file_name, _joined(item.state, item.note)) for item in view.textures)
        notes = tuple((note, "") for note in row.notes)
        delivered = sum(1 for item in view.textures if item.state in ("delivered", "beside"))
        self._fill(0, f"Passes: {passes_done(view)} of {len(passes)} merged", passes)
        self._fill(1, f"Textures: {delivered} of {len(textures)} in place", textures)
        self._fill(2, "On this machine" if notes else "On this machine: nothing yet", notes)

    def _branch(self) -> QtWidgets.QTreeWidgetItem:
        branch = QtWidgets.QTreeWidgetItem(self)
        branch.setFirstColumnSpanned(True)
        branch.setExpanded(True)
        return branch

    def _fill(self, index: int, title: str, lines: Lines) -> None:
        branch = self._branches[index]
        _write(branch, 0, title)
        while branch.childCount() > len(lines):
            branch.takeChild(branch.childCount() - 1)
        missing = len(lines) - branch.childCount()
        branch.addChildren([QtWidgets.QTreeWidgetItem() for _ in range(missing)])
        for row, (left, right) in enumerate(lines):
            item = cast("QtWidgets.QTreeWidgetItem", branch.child(row))
            _write(item, 0, left)
            _write(item, 1, right)
            item.setFirstColumnSpanned(not right)


def _write(item: QtWidgets.QTreeWidgetItem, column: int, text: str) -> None:
    if item.text(column) != text:
        item.setText(column, text)
        item.setToolTip(column, text)


def _joined(state: str, remark: str) -> str:
    return f"{state}: {remark}" if remark else state
