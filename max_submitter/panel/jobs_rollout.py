"""The rollout *Jobs*: all jobs of this artist as cards, newest first."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from max_submitter.panel.asking import ask
from max_submitter.panel.fields import ChoiceField
from max_submitter.panel.file_dialogs import FileDialogs
from max_submitter.panel.job_card import JobCard
from max_submitter.panel.labels import OneLine, Prose
from max_submitter.panel.qt import QtCore, QtWidgets
from max_submitter.panel.rollout import Rollout
from max_submitter.panel.thumbnails import ThumbnailLoader
from max_submitter.panel.words import RUNNING, count
from max_submitter.session.port import JobRow, PanelSession

_SHOWN = (("all", "All jobs"), ("running", "Running jobs"))
_TURN_S = 0.01
_MOST = 30
"""Cards shown at first: Qt lays all of them out again for every new one."""
_NEW_CARDS = 3
"""Most time and most new cards in one turn of the event loop: a hundred new ones must not hold up 3ds Max. Qt shows
and lays out new widgets after the turn, which takes longer than making them."""


class JobsRollout(Rollout):
    """Cards are kept by job id: a card is made once and rewritten where its job has changed."""

    def __init__(self, session: PanelSession, loader: ThumbnailLoader, dialogs: FileDialogs) -> None:
        super().__init__("&Jobs")
        self._session, self._loader, self._dialogs = session, loader, dialogs
        self.cards: dict[str, JobCard] = {}
        self._waiting: list[JobRow] = []
        self._order: list[str] = []
        self._tabbed: list[str] = []
        self._most = _MOST
        self.shown = ChoiceField("Which jobs are shown", _SHOWN)
        self.summary = OneLine()
        self.older = QtWidgets.QPushButton()
        self.merge = QtWidgets.QPushButton("&Manual Merge…")
        self.merge.setToolTip("Merge a job by its job.desc, also without Redis. Refused while pieces are missing.")
        self.trouble = Prose("Why the list may be out of date")
        self.refused = Prose("Why Manual Merge did not begin")
        self._turn = QtCore.QTimer(self)
        self._turn.setSingleShot(True)
        self._lay_out()
        self._turn.timeout.connect(self._work)
        self.shown.edited.connect(lambda _shown: self.refresh())
        self.older.clicked.connect(self._show_older)
        self.merge.clicked.connect(lambda: self.merge_by_hand(""))

    def refresh(self) -> None:
        """Show the jobs as they are now; the work is spread over turns of the event loop."""
        rows = self._session.jobs()
        is_all = self.shown.currentData() != "running"
        wanted = [row for row in rows if is_all or row.view.state in RUNNING]
        self._waiting = wanted[: self._most]
        self._order = [row.view.job_id for row in self._waiting]
        self._drop_cards()
        self._tell_counts(rows, hidden=len(wanted) - len(self._order))
        self.trouble.set_text(self._session.jobs_trouble())
        self._work()

    def refresh_actions(self) -> None:
        """See again which buttons make sense."""
        for card in self.cards.values():
            card.refresh_actions()

    def merge_by_hand(self, folder: str) -> None:
        """Ask for a `job.desc`, beginning in `folder`, and merge it."""
        chosen = self._dialogs.file(self, "Manual Merge", folder, "Job description (job.desc)")
        if chosen:
            ask(lambda: self._session.merge_by_hand(Path(chosen)), self.refused)

    def is_settled(self) -> bool:
        """Whether every card shows its job."""
        return not self._waiting

    def _lay_out(self) -> None:
        top = QtWidgets.QHBoxLayout()
        top.addWidget(self.shown, 1)
        top.addWidget(self.merge)
        self.shown.show_value("all")
        self._column = QtWidgets.QVBoxLayout()
        self._column.setSpacing(6)
        self.body.addLayout(top)
        for part in (self.summary, self.trouble, self.refused):
            self.body.addWidget(part)
        self.body.addLayout(self._column)
        self.body.addWidget(self.older)

    def _drop_cards(self) -> None:
        """Take away the cards of jobs that are not shown any more."""
        for job_id in self.cards.keys() - set(self._order):
            card = self.cards.pop(job_id)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()

    def _tell_counts(self, rows: tuple[JobRow, ...], *, hidden: int) -> None:
        running = sum(1 for row in rows if row.view.state in RUNNING)
        self.summary.set_text(f"{count(len(rows), 'job', 'jobs')}, {running} running" if rows else "No jobs yet.")
        self.older.setText(f"Show older jobs ({hidden} more)")
        self.older.setVisible(hidden > 0)

    def _work(self) -> None:
        until, most_cards = perf_counter() + _TURN_S, len(self.cards) + _NEW_CARDS
        while self._waiting and perf_counter() < until and len(self.cards) < most_cards:
            self._show_row(self._waiting.pop(0))
        if self._waiting:
            self._turn.start(0)
        elif self._tabbed != self._order:
            self._order_tabs()

    def _order_tabs(self) -> None:
        """Let the Tab key go through the cards from top to bottom, whenever each was made."""
        self._tabbed = list(self._order)
        before: QtWidgets.QWidget = self.merge
        for job_id in self._order:
            for button in self.cards[job_id].buttons.in_tab_order():
                self.setTabOrder(before, button)
                before = button
        self.setTabOrder(before, self.older)

    def _show_row(self, row: JobRow) -> None:
        job_id = row.view.job_id
        card = self.cards.get(job_id)
        if card is None:
            card = self.cards[job_id] = JobCard(row, self._session, self._loader)
            card.wants_merge.connect(self.merge_by_hand)
        else:
            card.show_row(row)
        place = len(self._order) - len(self._waiting) - 1
        if self._column.indexOf(card) != place:
            self._column.insertWidget(place, card)

    def _show_older(self) -> None:
        self._most += _MOST
        self.refresh()
