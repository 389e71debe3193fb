"""The buttons of a job, with the question "really?" in their place before a job is cancelled."""

from __future__ import annotations

from max_submitter.panel.flow import FlowLayout
from max_submitter.panel.job_actions import LABELS, Action, Possible
from max_submitter.panel.qt import QAction, QtWidgets, Signal


class JobButtons(QtWidgets.QWidget):
    """Details, Cancel, the main action, Open folder; everything else in the menu *More*."""

    chosen = Signal(str)
    """A person wants this action; Cancel only after he said yes."""
    details = Signal(bool)
    """Whether the details are wanted."""

    def __init__(self, job_name: str) -> None:
        super().__init__()
        self._job_name = job_name
        self._possible = Possible(frozenset(), "suspend")
        self.more_details = _button("Details", job_name)
        self.more_details.setCheckable(True)
        self.cancel = _button(LABELS["cancel"], job_name)
        self.main = _button(LABELS["suspend"], job_name)
        self.folder = _button(LABELS["open_folder"], job_name)
        self.more = _button("More", job_name)
        self.more.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QtWidgets.QMenu(self.more)
        self.more.setMenu(self.menu)
        self.question: QtWidgets.QWidget | None = None
        self._usual = QtWidgets.QWidget()
        self._lay_out()
        self._connect()

    def show_possible(self, possible: Possible) -> None:
        """Enable what makes sense now."""
        if possible == self._possible:
            return
        self._possible = possible
        self.cancel.setEnabled("cancel" in possible.actions)
        self.main.setText(LABELS[possible.main])
        self.main.setAccessibleName(f"{LABELS[possible.main]}: {self._job_name}")
        self.main.setEnabled(possible.main in possible.actions)
        self.folder.setEnabled("open_folder" in possible.actions)
        if self.question is not None and "cancel" not in possible.actions:
            self._answer(yes=False)

    def in_tab_order(self) -> tuple[QtWidgets.QWidget, ...]:
        """From left to right."""
        return self.more_details, self.cancel, self.main, self.folder, self.more

    def fill_menu(self) -> None:
        """Put every action into the menu, those that make no sense now disabled."""
        self.menu.clear()
        for action, label in LABELS.items():
            entry = QAction(label, self.menu)
            entry.setEnabled(action in self._possible.actions)
            entry.triggered.connect(lambda _checked=False, action=action: self._choose(action))
            self.menu.addAction(entry)

    def _lay_out(self) -> None:
        row = FlowLayout(self._usual)
        for button in self.in_tab_order():
            row.addWidget(button)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._usual)
        self.cancel.setEnabled(False)
        self.main.setEnabled(False)
        self.folder.setEnabled(False)

    def _connect(self) -> None:
        self.more_details.toggled.connect(self._open)
        self.cancel.clicked.connect(lambda: self._choose("cancel"))
        self.main.clicked.connect(lambda: self._choose(self._possible.main))
        self.folder.clicked.connect(lambda: self._choose("open_folder"))
        self.menu.aboutToShow.connect(self.fill_menu)

    def _open(self, is_open: bool) -> None:
        self.more_details.setText("Less" if is_open else "Details")
        self.details.emit(is_open)

    def _choose(self, action: Action) -> None:
        if action == "cancel":
            self._ask()
        else:
            self.chosen.emit(action)

    def _ask(self) -> None:
        self.question = QtWidgets.QWidget()
        row = FlowLayout(self.question)
        yes, no = _button("Yes, cancel", self._job_name), _button("No", self._job_name)
        row.addWidget(QtWidgets.QLabel("Really cancel this bake?"))
        row.addWidget(yes)
        row.addWidget(no)
        yes.clicked.connect(lambda: self._answer(yes=True))
        no.clicked.connect(lambda: self._answer(yes=False))
        column = self.layout()
        if column is not None:
            column.addWidget(self.question)
        self._usual.hide()
        no.setFocus()

    def _answer(self, *, yes: bool) -> None:
        if self.question is None:
            return
        had_focus = self.question.isAncestorOf(QtWidgets.QApplication.focusWidget() or self)
        self.question.hide()
        self.question.deleteLater()
        self.question = None
        self._usual.show()
        if had_focus:
            self.cancel.setFocus()
        if yes:
            self.chosen.emit("cancel")


def _button(text: str, job_name: str) -> QtWidgets.QToolButton:
    button = QtWidgets.QToolButton()
    button.setText(text)
    button.setAccessibleName(f"{text}: {job_name}")
    return button
