"""What the Test button found: one line per part with a sign, the part's name and a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from max_submitter.panel.labels import Prose
from max_submitter.panel.qt import QtCore, QtWidgets
from max_submitter.panel.signs import Meaning, Sign
from max_submitter.session.port import ConnectionLine

_LONGEST_PART = "Network folder"
_TOP = QtCore.Qt.AlignmentFlag.AlignTop


@dataclass(frozen=True)
class ConnectionRow:
    """The widgets of one line."""

    sign: Sign
    sentence: Prose


class ConnectionLines(QtWidgets.QWidget):
    """Hidden until there is something to say."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, ConnectionRow] = {}
        """By part."""
        self._column = QtWidgets.QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def show_lines(self, lines: tuple[ConnectionLine, ...]) -> None:
        """Show the lines so far; a line that says the same stays untouched."""
        self.setVisible(bool(lines))
        for line in lines:
            row = self.rows.get(line.part) or self._add(line.part)
            row.sign.set_meaning(_meaning(line.ok))
            row.sentence.set_text(line.sentence)

    def _add(self, part: str) -> ConnectionRow:
        row = ConnectionRow(Sign(), Prose(f"{part}: result of the test"))
        line = QtWidgets.QHBoxLayout()
        line.addWidget(row.sign, 0, _TOP)
        line.addWidget(_bold(part), 0, _TOP)
        line.addWidget(row.sentence, 1)
        self._column.addLayout(line)
        self.rows[part] = row
        return row


def _bold(text: str) -> QtWidgets.QLabel:
    """The name of a part, as wide as the longest one."""
    label = QtWidgets.QLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    label.setMinimumWidth(label.fontMetrics().horizontalAdvance(_LONGEST_PART))
    return label


def _meaning(ok: bool | None) -> Meaning:
    if ok is None:
        return "waiting"
    return "ok" if ok else "wrong"
