"""The rollout *Preflight*: what is not right, what mends it, and Bake below."""

from __future__ import annotations

from max_submitter.panel.asking import ask
from max_submitter.panel.bake_bar import BakeBar
from max_submitter.panel.finding_rows import FindingRows
from max_submitter.panel.labels import OneLine, Prose
from max_submitter.panel.qt import QtWidgets
from max_submitter.panel.rollout import Rollout
from max_submitter.panel.settings_editor import SettingsEditor
from max_submitter.panel.words import count
from max_submitter.preflight.finding import Finding
from max_submitter.session.port import PanelSession


class PreflightRollout(Rollout):
    """Between the settings and the jobs."""

    def __init__(self, session: PanelSession, editor: SettingsEditor) -> None:
        super().__init__("&Preflight")
        self._session, self._editor = session, editor
        self.summary = OneLine()
        self.again = QtWidgets.QPushButton("Chec&k again")
        self.rows = FindingRows(self._fix)
        self.trouble = Prose("Why a fix did not work")
        self.bar = BakeBar(session, editor)
        top = QtWidgets.QHBoxLayout()
        top.addWidget(self.summary, 1)
        top.addWidget(self.again)
        self.body.addLayout(top)
        for part in (self.rows, self.trouble, self.bar):
            self.body.addWidget(part)
        self.again.clicked.connect(self._check_again)

    def refresh(self) -> None:
        """Show the findings."""
        findings = self._session.findings()
        self.rows.show_findings(findings)
        self.rows.order_tabs(self.again)
        self.summary.set_text(_summary(findings, is_checking=self._session.is_checking()))

    def _fix(self, finding: Finding) -> None:
        self._editor.flush()
        ask(lambda: self._session.fix(finding), self.trouble)

    def _check_again(self) -> None:
        self._editor.flush()
        ask(self._session.check_again, self.trouble)


def _summary(findings: tuple[Finding, ...], *, is_checking: bool) -> str:
    errors = sum(1 for finding in findings if finding.level != "warning")
    warnings = len(findings) - errors
    parts = [count(errors, "error", "errors")] if errors else []
    parts += [count(warnings, "warning", "warnings")] if warnings else []
    said = ", ".join(parts)
    if is_checking:
        return f"Checking… {said}".strip()
    return said or "Everything is in order."
