"""One job in the list: what it is, where it stands, what can be done. Rewrites only what has changed."""

from __future__ import annotations

from typing import cast

from flatiron_tasks.contracts.errors import sentences
from max_submitter.panel.asking import ask
from max_submitter.panel.job_actions import Action, perform, possible
from max_submitter.panel.job_buttons import JobButtons
from max_submitter.panel.job_details import JobDetails
from max_submitter.panel.labels import OneLine, Prose
from max_submitter.panel.qt import QtCore, QtWidgets, Signal
from max_submitter.panel.signs import Meaning, Sign
from max_submitter.panel.thumbnail import Thumbnail
from max_submitter.panel.thumbnails import ThumbnailLoader
from max_submitter.panel.words import passes_done, state_word, times
from max_submitter.session.port import JobRow, PanelSession

_STEPS = 1000
_SIGNS: dict[str, Meaning] = {"failed": "wrong", "done": "ok"}
_ASKED: dict[str, str] = {
    "cancel": "Cancelling was asked for.",
    "suspend": "Suspending was asked for.",
    "go_on": "Going on was asked for.",
    "requeue": "Doing the failed parts again was asked for.",
}


class JobCard(QtWidgets.QFrame):
    """A card that lives as long as its job is in the list."""

    wants_merge = Signal(str)
    """Manual Merge is wanted; the job folder."""

    def __init__(self, row: JobRow, session: PanelSession, loader: ThumbnailLoader) -> None:
        super().__init__()
        self._session = session
        self._row: JobRow | None = None
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        self.setAccessibleName(f"Job {row.view.job_name}")
        self.thumbnail = Thumbnail(loader)
        self.name = OneLine(bold=True)
        self.sign = Sign()
        self.state = QtWidgets.QLabel()
        self.progress = QtWidgets.QProgressBar()
        self.progress.setRange(0, _STEPS)
        self.progress.setAccessibleName(f"Progress of {row.view.job_name}")
        self.times = OneLine()
        self.sentence = Prose("What is going on")
        self.asked = Prose("What was asked for")
        self.buttons = JobButtons(row.view.job_name)
        self.details: JobDetails | None = None
        self._lay_out()
        self.buttons.chosen.connect(self._choose)
        self.buttons.details.connect(self._show_details)
        self.show_row(row)

    @property
    def row(self) -> JobRow | None:
        """What the card shows."""
        return self._row

    def show_row(self, row: JobRow) -> None:
        """Show the job as it is now; costs next to nothing if it is as before."""
        old, self._row = self._row, row
        if row == old:
            return
        self.times.set_text(times(row.view.state, row.elapsed_seconds, row.remaining_seconds))
        self.thumbnail.want(row.thumbnail, row.view.sequence)
        if old is None or row.view != old.view or row.notes != old.notes or row.fraction != old.fraction:
            self._show_state(row)

    def refresh_actions(self) -> None:
        """See again what makes sense, as after other studio settings."""
        if self._row is not None:
            configuration = self._session.configuration
            has_pages = bool(configuration.flower_url or configuration.web_url)
            self.buttons.show_possible(possible(self._row.view, has_pages=has_pages))

    def _lay_out(self) -> None:
        top = QtWidgets.QHBoxLayout()
        top.addWidget(self.name, 1)
        top.addWidget(self.sign)
        top.addWidget(self.state)
        right = QtWidgets.QVBoxLayout()
        right.setSpacing(3)
        right.addLayout(top)
        right.addWidget(self.progress)
        right.addWidget(self.times)
        upper = QtWidgets.QHBoxLayout()
        upper.addWidget(self.thumbnail, 0, QtCore.Qt.AlignmentFlag.AlignTop)
        upper.addLayout(right, 1)
        self._column = QtWidgets.QVBoxLayout(self)
        self._column.setContentsMargins(6, 6, 6, 6)
        self._column.setSpacing(4)
        self._column.addLayout(upper)
        for part in (self.sentence, self.asked, self.buttons):
            self._column.addWidget(part)

    def _show_state(self, row: JobRow) -> None:
        view = row.view
        self.name.set_text(view.job_name)
        self.name.setToolTip(f"{view.job_name}\n{view.job_id}, from {view.host}")
        self.state.setText(state_word(view))
        self.sign.setVisible(view.state in _SIGNS)
        self.sign.set_meaning(_SIGNS.get(view.state, "waiting"))
        self.progress.setValue(round(row.fraction * _STEPS))
        self.progress.setFormat(f"{passes_done(view)} of {len(view.passes)} passes")
        self.sentence.set_text(_told(row))
        self.asked.set_text("")
        self.refresh_actions()
        if self.details is not None:
            self.details.show_job(row)

    def _choose(self, action: str) -> None:
        if self._row is None:
            return
        view = self._row.view
        if action == "merge_by_hand":
            self.wants_merge.emit(view.job_folder)
        elif ask(lambda: perform(self._session, cast("Action", action), view.job_id), self.asked):
            self.asked.set_text(_ASKED.get(action, ""))

    def _show_details(self, is_open: bool) -> None:
        if is_open and self.details is None and self._row is not None:
            self.details = JobDetails(self._row.view.job_name)
            self.details.show_job(self._row)
            self._column.addWidget(self.details)
        if self.details is not None:
            self.details.setVisible(is_open)


def _told(row: JobRow) -> str:
    """What is going on; of a failed job why and what to do; the last thing that happened here."""
    view = row.view
    if view.state == "failed":
        return sentences(view.reason or view.sentence, view.advice)
    last = row.notes[-1] if row.notes else ""
    return sentences(view.sentence, view.waiting, last)
