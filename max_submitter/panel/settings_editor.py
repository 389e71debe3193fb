"""Between the fields and the session: gathers what a person changes and hands it on as one change.

Edits are kept as functions and laid over the session's settings when they go out, so that a Fix or a script that
changed something else in between is not undone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flatiron_tasks.contracts.errors import ContractError
from max_submitter.bake_settings import BakeSettings, ElementSettings
from max_submitter.panel.qt import QtCore, Signal
from max_submitter.session.port import PanelSession

Edit = Callable[[BakeSettings], BakeSettings]
PAUSE_MS = 200
"""A person who types faster than this sends one change."""


class SettingsEditor(QtCore.QObject):
    """The settings as the fields show them: the session's, with edits that have not gone out yet."""

    changed = Signal()
    """The settings that the fields should show have changed."""
    refused = Signal(str)
    """An edit could not be taken, and why; an empty text takes that back."""

    def __init__(self, session: PanelSession, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._edits: list[Edit] = []
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.flush)

    @property
    def current(self) -> BakeSettings:
        """What the fields should show."""
        settings = self._session.settings
        for edit in self._edits:
            settings = edit(settings)
        return settings

    def edit(self, edit: Edit) -> None:
        """Take an edit over; it goes out after a short pause. One that gives no valid settings is refused."""
        try:
            edit(self.current)
        except ContractError as error:
            self.refused.emit(str(error))
            return
        self._edits.append(edit)
        self._timer.start()
        self.refused.emit("")
        self.changed.emit()

    def set(self, **values: Any) -> None:
        """Edit fields of BakeSettings."""
        self.edit(lambda settings: replace(settings, **values))

    def set_network(self, **values: Any) -> None:
        """Edit fields of its NetworkSettings."""
        self.edit(lambda settings: replace(settings, network=replace(settings.network, **values)))

    def set_elements(self, rows: tuple[int, ...], change: Callable[[ElementSettings], ElementSettings]) -> None:
        """Edit the elements in these rows. A row that is gone meanwhile is left out."""

        def edit(settings: BakeSettings) -> BakeSettings:
            elements = enumerate(settings.elements)
            return replace(settings, elements=tuple(change(one) if row in rows else one for row, one in elements))

        self.edit(edit)

    def flush(self) -> None:
        """Hand over what has gathered, as one change."""
        self._timer.stop()
        if not self._edits:
            return
        settings = self.current
        self._edits.clear()
        if settings != self._session.settings:
            self._session.change(settings)
