"""The Bake button, the reason beside it while it is disabled, and how far pressing it has come."""

from __future__ import annotations

from max_submitter.panel.asking import ask
from max_submitter.panel.labels import Prose
from max_submitter.panel.qt import QtCore, QtWidgets
from max_submitter.panel.settings_editor import SettingsEditor
from max_submitter.panel.signs import Sign
from max_submitter.session.port import BakeProgress, PanelSession

_STEPS = 1000


class BakeBar(QtWidgets.QWidget):
    """Never a dialog: progress and errors stand here, errors to be selected and copied."""

    def __init__(self, session: PanelSession, editor: SettingsEditor) -> None:
        super().__init__()
        self._session, self._editor = session, editor
        self.bake = QtWidgets.QPushButton("&Bake")
        self.bake.setAccessibleName("Bake")
        font = self.bake.font()
        font.setBold(True)
        self.bake.setFont(font)
        self.reason = Prose("Why Bake is disabled")
        self.progress = QtWidgets.QProgressBar()
        self.progress.setAccessibleName("Progress of pressing Bake")
        self.progress.setTextVisible(False)
        self.sentence = Prose("What Bake is doing")
        self.error_sign = Sign("fatal")
        self.error = Prose("Why Bake ended without a job")
        select = QtCore.Qt.TextInteractionFlag
        self.error.setTextInteractionFlags(select.TextSelectableByMouse | select.TextSelectableByKeyboard)
        self._lay_out()
        self.bake.setEnabled(False)
        self.reason.set_text("The panel is still being filled in.")
        self.bake.clicked.connect(self._press)

    def refresh(self) -> None:
        """Show whether Bake can be pressed and how far it has come."""
        reason = self._session.reason_against_bake()
        progress = self._session.bake_progress()
        is_running = progress is not None and progress.is_running
        self.bake.setEnabled(not reason and not is_running)
        self.bake.setAccessibleDescription(reason)
        self.reason.set_text("" if is_running else reason)
        self._show_progress(progress, is_running=is_running)

    def _lay_out(self) -> None:
        # Boxes and no grid: a grid asks for the height that texts have in its narrowest state.
        top, error = QtWidgets.QHBoxLayout(), QtWidgets.QHBoxLayout()
        top.addWidget(self.bake, 0, QtCore.Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.reason, 1)
        top.addStretch(0)
        error.addWidget(self.error_sign, 0, QtCore.Qt.AlignmentFlag.AlignTop)
        error.addWidget(self.error, 1)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.addLayout(top)
        column.addWidget(self.progress)
        column.addWidget(self.sentence)
        column.addLayout(error)

    def _show_progress(self, progress: BakeProgress | None, *, is_running: bool) -> None:
        self.progress.setVisible(is_running)
        self.sentence.set_text(progress.sentence if progress else "")
        self._show_error(progress.error if progress else "")
        if progress is None or not is_running:
            return
        fraction = progress.fraction
        self.progress.setRange(0, 0 if fraction is None else _STEPS)
        if fraction is not None:
            self.progress.setValue(round(fraction * _STEPS))

    def _press(self) -> None:
        self._editor.flush()
        self.refresh()
        if self.bake.isEnabled():
            ask(self._session.bake, self.error)
            self._show_error(self.error.text())

    def _show_error(self, error: str) -> None:
        self.error.set_text(error)
        self.error_sign.setVisible(bool(error))
