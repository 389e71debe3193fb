"""The rollout *Jobs*: all jobs of this artist as cards, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from max_submitter.panel.asking import ask
from max_submitter.panel.card_column import CardColumn
from max_submitter.panel.fields import ChoiceField
from max_submitter.panel.file_dialogs import FileDialogs
from max_submitter.panel.job_card import JobCard
from max_submitter.panel.labels import OneLine, Prose
from max_submitter.panel.main_thread import after_while_alive
from max_submitter.panel.qt import QtWidgets
from max_submitter.panel.rollout import Rollout
from max_submitter.panel.thumbnails import ThumbnailLoader
from max_submitter.panel.words import RUNNING, count
from max_submitter.session.port import JobRow, PanelSession
from max_submitter.session.turns import REST, Turns

_SHOWN = (("all", "All jobs"), ("running", "Running jobs"))
_MOST = 30
"""Cards shown at first, and more at a time."""


class JobsRollout(Rollout):
    """Cards are kept by job id: a card is made once and rewritten where its job has changed."""

    def __init__(self, session: PanelSession, loader: ThumbnailLoader, dialogs: FileDialogs) -> None:
        super().__init__("&Jobs")
        self._session, self._loader, self._dialogs = session, loader, dialogs
        self.cards: dict[str, JobCard] = {}
        self._turns = Turns(after_while_alive(self))
        self._most = _MOST
        self.shown = ChoiceField("Which jobs are shown", _SHOWN)
        self.summary = OneLine()
        self.older = QtWidgets.QPushButton()
        self.merge = QtWidgets.QPushButton("&Manual Merge…")
        self.merge.setToolTip("Merge a job by its job.desc, also without Redis. Refused while pieces are missing.")
        self.trouble = Prose("Why the list may be out of date")
        self.refused = Prose("Why Manual Merge did not begin")
        self._column = CardColumn()
        self._lay_out()
        self.shown.edited.connect(lambda _shown: self.refresh())
        self.older.clicked.connect(self._show_older)
        self.merge.clicked.connect(lambda: self.merge_by_hand(""))

    def refresh(self) -> None:
        """Show the jobs as they are now; the work is spread over turns of the event loop."""
        rows = self._session.jobs()
        is_all = self.shown.currentData() != "running"
        wanted = [row for row in rows if is_all or row.view.state in RUNNING]
        shown = wanted[: self._most]
        self._tell_counts(rows, hidden=len(wanted) - len(shown))
        self.trouble.set_text(self._session.jobs_trouble())
        self._turns.begin(self._show_rows(shown))

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
        return not self._turns.is_busy

    def end(self) -> None:
        """Show nothing more."""
        self._turns.cancel()

    def _lay_out(self) -> None:
        top = QtWidgets.QHBoxLayout()
        top.addWidget(self.shown, 1)
        top.addWidget(self.merge)
        self.shown.show_value("all")
        self.body.addLayout(top)
        for part in (self.summary, self.trouble, self.refused):
            self.body.addWidget(part)
        self.body.addWidget(self._column)
        self.body.addWidget(self.older)

    def _tell_counts(self, rows: tuple[JobRow, ...], *, hidden: int) -> None:
        running = sum(1 for row in rows if row.view.state in RUNNING)
        self.summary.set_text(f"{count(len(rows), 'job', 'jobs')}, {running} running" if rows else "No jobs yet.")
        self.older.setText(f"Show older jobs ({hidden} more)")
        self.older.setVisible(hidden > 0)

    def _show_rows(self, rows: list[JobRow]) -> Iterator[object]:
        """A step per card: take away those of other jobs, make those that are missing, rewrite what has changed.

        In this order, because news may begin it anew before every turn: what is done is passed over next time.
        """
        for job_id in self.cards.keys() - {row.view.job_id for row in rows}:
            self._column.drop(self.cards.pop(job_id))
            yield REST  # Qt deletes it after the turn
        before: QtWidgets.QWidget = self.merge
        for place, row in enumerate(rows):
            card = self.cards.get(row.view.job_id) or self._new_card(row)
            if self._column.put(place, card):
                self._chain_tabs(before, *card.buttons.in_tab_order())
                yield None
            before = card.buttons.in_tab_order()[-1]
        self.setTabOrder(before, self.older)
        for row in rows:
            card = self.cards[row.view.job_id]
            if card.row != row:
                card.show_row(row)
                yield None

    def _new_card(self, row: JobRow) -> JobCard:
        card = self.cards[row.view.job_id] = JobCard(row, self._session, self._loader)
        card.wants_merge.connect(self.merge_by_hand)
        return card

    def _chain_tabs(self, *widgets: QtWidgets.QWidget) -> None:
        """Let the Tab key go from each to the next, and then to what came after the first."""
        for first, second in pairwise(widgets):
            self.setTabOrder(first, second)

    def _show_older(self) -> None:
        self._most += _MOST
        self.refresh()
