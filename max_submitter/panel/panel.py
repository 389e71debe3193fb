"""The panel: four rollouts in one scrolling column, refreshed by topic. Knows the session and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from max_submitter.panel.baking_rollout import BakingRollout
from max_submitter.panel.file_dialogs import FileDialogs, SystemFileDialogs
from max_submitter.panel.jobs_rollout import JobsRollout
from max_submitter.panel.main_thread import MainThread, after_while_alive
from max_submitter.panel.network_rollout import NetworkRollout
from max_submitter.panel.preflight_rollout import PreflightRollout
from max_submitter.panel.qt import QtCore, QtGui, QtWidgets
from max_submitter.panel.rollout import Rollout
from max_submitter.panel.settings_editor import SettingsEditor
from max_submitter.panel.thumbnails import ThumbnailLoader
from max_submitter.session.port import PanelSession, Topic
from max_submitter.session.turns import Turns

_TOPICS: tuple[Topic, ...] = ("settings", "scene", "preflight", "bake", "jobs", "test")
_WIDTH_IN_LETTERS = 52


class Panel(QtWidgets.QWidget):
    """Everything of Network Rendering. Topics that come together are shown together; while hidden, nothing is.

    A new panel is an empty frame. Its rollouts are made, and filled in, over turns of the event loop; Bake is disabled
    until the fields show the settings.
    """

    baking: BakingRollout
    network: NetworkRollout
    preflight: PreflightRollout
    jobs: JobsRollout

    def __init__(self, session: PanelSession, dialogs: FileDialogs | None = None) -> None:
        super().__init__()
        self._session = session
        self.setObjectName("FlatironNetworkRendering")
        self.setProperty("NoMaxAccelerators", True)  # 3ds Max would take the letters typed into fields as shortcuts
        self._asks = dialogs or SystemFileDialogs()
        self._main = MainThread(self)
        self._thumbnails = ThumbnailLoader(self._main)
        self.editor = SettingsEditor(session, self)
        self._stale: set[Topic] = set(_TOPICS)
        self._is_built = False
        self._made: list[Rollout] = []
        self._turns = Turns(after_while_alive(self))
        self._rollouts = QtWidgets.QVBoxLayout()
        self.scroll_area = self._lay_out()
        self.editor.changed.connect(lambda: self._tell("settings"))
        self._end_listening: Callable[[], None] = session.listen(self._tell)
        self._turns.begin(self._build())

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """As wide as a line of its font asks for."""
        metrics = self.fontMetrics()
        return QtCore.QSize(metrics.averageCharWidth() * _WIDTH_IN_LETTERS, metrics.lineSpacing() * 50)

    def is_settled(self) -> bool:
        """Whether everything is there and shows what the session says, as far as it may be seen."""
        return self._is_built and not self._turns.is_busy and self.jobs.is_settled()

    def showEvent(self, event: QtGui.QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self._show_soon()

    def hideEvent(self, event: QtGui.QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Hand over what was typed last."""
        self.editor.flush()
        super().hideEvent(event)

    def close_session(self) -> None:
        """Hand over what was typed last, end the threads of the panel and the session. The panel is dead then."""
        self.editor.flush()
        self._end_listening()
        self._turns.cancel()
        if self._is_built:
            self.jobs.end()
        self._thumbnails.close()
        self._main.close()
        self._session.close()

    def _tell(self, topic: Topic) -> None:
        self._stale.add(topic)
        self._show_soon()

    def _show_soon(self) -> None:
        if self.isVisible() and not self._turns.is_busy:
            self._turns.begin(self._show_stale() if self._is_built else self._build())

    def _build(self) -> Iterator[None]:
        """Make the rollouts from top to bottom, each filled in before the next; then show what was told meanwhile.

        Begins anew if an earlier try ended by an error.
        """
        session, editor = self._session, self.editor
        self._clear()
        self.baking = BakingRollout(session, editor, self._asks)
        yield from self.baking.build()
        yield from self._add(self.baking, self.baking.refresh)
        self.network = NetworkRollout(session, editor, self._asks)
        yield from self._add(self.network, self.network.refresh)
        self.preflight = PreflightRollout(session, editor)
        yield from self._add(self.preflight, self.preflight.refresh)
        self.jobs = JobsRollout(session, self._thumbnails, self._asks)
        yield from self._add(self.jobs)
        self._is_built = True
        yield from self._show_stale()

    def _clear(self) -> None:
        for made in self._made:
            self._rollouts.removeWidget(made)
            made.hide()
            made.deleteLater()
        self._made.clear()

    def _add(self, rollout: Rollout, *fill: Callable[[], None]) -> Iterator[None]:
        for step in fill:
            step()
            yield
        self._made.append(rollout)
        self._rollouts.insertWidget(self._rollouts.count() - 1, rollout)  # above the stretch
        yield

    def _show_stale(self) -> Iterator[None]:
        """Show what is not shown yet, also what is told of meanwhile."""
        while self._stale and self.isVisible():
            stale, self._stale = self._stale, set()
            try:
                for show in self._views(stale):
                    show()
                    yield
            except BaseException:
                self._stale |= stale  # what could not be shown is shown when something is told again
                raise

    def _views(self, stale: set[Topic]) -> Iterator[Callable[[], None]]:
        """What shows these topics, step by step. Bake comes with the fields: it is never enabled over old ones."""
        if stale & {"settings", "scene"}:
            yield self._show_settings
            yield self.baking.files.refresh
            yield self.jobs.refresh_actions
        elif stale & {"preflight", "bake"}:
            yield self.preflight.bar.refresh
        if stale & {"settings", "scene", "preflight"}:
            yield self.preflight.refresh
        if "jobs" in stale:
            yield self.jobs.refresh
        if "test" in stale:
            yield self.network.refresh_test

    def _show_settings(self) -> None:
        self.baking.refresh()
        self.network.refresh()
        self.preflight.bar.refresh()

    def _lay_out(self) -> QtWidgets.QScrollArea:
        column = QtWidgets.QWidget()
        column.setLayout(self._rollouts)
        self._rollouts.setContentsMargins(4, 4, 4, 4)
        self._rollouts.setSpacing(4)
        self._rollouts.addStretch(1)
        scroll = QtWidgets.QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        scroll.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        scroll.setWidget(column)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)
        return scroll
