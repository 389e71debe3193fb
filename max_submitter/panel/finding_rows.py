"""What preflight found, one row each: sign, sentence, advice, Fix button."""

from __future__ import annotations

from collections.abc import Callable

from max_submitter.panel.labels import Prose
from max_submitter.panel.qt import QtCore, QtWidgets
from max_submitter.panel.signs import Sign
from max_submitter.preflight.finding import Finding

Fix = Callable[[Finding], None]


class FindingRow(QtWidgets.QWidget):
    """One finding."""

    def __init__(self, finding: Finding, fix: Fix) -> None:
        super().__init__()
        self.finding = finding
        self.sign = Sign(finding.level)
        self.what = Prose("What preflight found")
        self.what.set_text(finding.what)
        self.advice = Prose("What to do")
        self.advice.set_text(finding.advice)
        self.fix = QtWidgets.QPushButton(finding.fix_label or "Fix")
        self.fix.setAccessibleName(f"Fix: {finding.what}")
        self.fix.setVisible(bool(finding.fix_label))
        self.fix.clicked.connect(lambda: fix(self.finding))
        self._lay_out()

    def _lay_out(self) -> None:
        texts = QtWidgets.QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self.what)
        texts.addWidget(self.advice)
        texts.addWidget(self.fix, 0, QtCore.Qt.AlignmentFlag.AlignLeft)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 4)
        row.addWidget(self.sign, 0, QtCore.Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)


class FindingRows(QtWidgets.QWidget):
    """The findings in their order. A row stays as long as its finding does, with its focus."""

    def __init__(self, fix: Fix) -> None:
        super().__init__()
        self._fix = fix
        self.rows: list[FindingRow] = []
        self._column = QtWidgets.QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)

    def show_findings(self, findings: tuple[Finding, ...]) -> None:
        """Show these, and only these."""
        kept = {row.finding: row for row in self.rows}
        wanted = tuple(dict.fromkeys(findings))
        rows = [kept.pop(one) if one in kept else FindingRow(one, self._fix) for one in wanted]
        for gone in kept.values():
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for index, (row, finding) in enumerate(zip(rows, wanted, strict=True)):
            row.finding = finding  # equal findings may differ in the callable that mends them
            if self._column.indexOf(row) != index:
                self._column.insertWidget(index, row)
        self.rows = rows
        self.setVisible(bool(rows))

    def order_tabs(self, before: QtWidgets.QWidget) -> None:
        """Let the Tab key go from `before` through the Fix buttons from top to bottom."""
        for row in self.rows:
            self.setTabOrder(before, row.fix)
            before = row.fix
