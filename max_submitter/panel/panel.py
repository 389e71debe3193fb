"""The panel: four rollouts in one scrolling column, refreshed by topic. Knows the session and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from max_submitter.panel.baking_rollout import BakingRollout
from max_submitter.panel.file_dialogs import FileDialogs, SystemFileDialogs
from max_submitter.panel.jobs_rollout import JobsRollout
from max_submitter.panel.main_thread import MainThread
from max_submitter.panel.network_rollout import NetworkRollout
from max_submitter.panel.preflight_rollout import PreflightRollout
from max_submitter.panel.qt import QtCore, QtGui, QtWidgets
from max_submitter.panel.settings_editor import SettingsEditor
from max_submitter.panel.thumbnails import ThumbnailLoader
from max_submitter.session.port import PanelSession, Topic

_TOPICS: tuple[Topic, ...] = ("settings", "scene", "preflight", "bake", "jobs", "test")
_WIDTH_IN_LETTERS = 52


class Panel(QtWidgets.QWidget):
    """Everything of Network Rendering. Topics that come together are shown together; while hidden, nothing is."""

    def __init__(self, session: PanelSession, dialogs: FileDialogs | None = None) -> None:
        super().__init__()
        self._session = session
        self.setObjectName("FlatironNetworkRendering")
        self.setProperty("NoMaxAccelerators", True)  # 3ds Max would take the letters typed into fields as shortcuts
        asks = dialogs or SystemFileDialogs()
        self._main = MainThread(self)
        self._thumbnails = ThumbnailLoader(self._main)
        self.editor = SettingsEditor(session, self)
        self.baking = BakingRollout(session, self.editor, asks)
        self.network = NetworkRollout(session, self.editor, asks)
        self.preflight = PreflightRollout(session, self.editor)
        self.jobs = JobsRollout(session, self._thumbnails, asks)
        self._stale: set[Topic] = set(_TOPICS)
        self._soon = QtCore.QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.refresh)
        self.scroll_area = self._lay_out()
        self.editor.changed.connect(lambda: self._tell("settings"))
        self._end_listening: Callable[[], None] = session.listen(self._tell)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802 - Qt's name
        """As wide as a line of its font asks for."""
        metrics = self.fontMetrics()
        return QtCore.QSize(metrics.averageCharWidth() * _WIDTH_IN_LETTERS, metrics.lineSpacing() * 50)

    def refresh(self) -> None:
        """Show at once what is waiting to be shown."""
        if not self.isVisible():
            return
        stale, self._stale = self._stale, set()
        if stale & {"settings", "scene"}:
            self.baking.refresh()
            self.network.refresh()
            self.baking.files.refresh()
            self.jobs.refresh_actions()
        if stale & {"settings", "scene", "preflight"}:
            self.preflight.refresh()
        if stale & {"settings", "scene", "preflight", "bake"}:
            self.preflight.bar.refresh()
        if "jobs" in stale:
            self.jobs.refresh()
        if "test" in stale:
            self.network.refresh_test()

    def showEvent(self, event: QtGui.QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self._soon.start(0)

    def hideEvent(self, event: QtGui.QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Hand over what was typed last."""
        self.editor.flush()
        super().hideEvent(event)

    def close_session(self) -> None:
        """Hand over what was typed last, end the threads of the panel and the session. The panel is dead then."""
        self.editor.flush()
        self._end_listening()
        self._soon.stop()
        self._thumbnails.close()
        self._main.close()
        self._session.close()

    def _tell(self, topic: Topic) -> None:
        self._stale.add(topic)
        if self.isVisible() and not self._soon.isActive():
            self._soon.start(0)

    def _lay_out(self) -> QtWidgets.QScrollArea:
        column = QtWidgets.QWidget()
        rollouts = QtWidgets.QVBoxLayout(column)
        rollouts.setContentsMargins(4, 4, 4, 4)
        rollouts.setSpacing(4)
        for rollout in (self.baking, self.network, self.preflight, self.jobs):
            rollouts.addWidget(rollout)
        rollouts.addStretch(1)
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
