"""The check list of what is baked: the selection, or named unwrap groups."""

from __future__ import annotations

from max_submitter.panel.qt import QtCore, QtWidgets
from max_submitter.panel.settings_editor import SettingsEditor
from max_submitter.panel.short_lists import ShortList
from max_submitter.panel.words import count
from max_submitter.session.port import PanelSession

_SELECTION = "Selection"
_Check = QtCore.Qt.CheckState


class GroupsList(ShortList):
    """Ticking a group bakes it, one job each; without any, the selection is baked."""

    def __init__(self, session: PanelSession, editor: SettingsEditor) -> None:
        super().__init__("Groups to bake", most_rows=5)
        self._session, self._editor = session, editor
        self._shown: tuple[tuple[str, str], ...] = ()
        self._is_showing = False
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.NoSelection)
        self.itemChanged.connect(self._tick)

    def refresh(self) -> None:
        """Show the groups of the scene and which are ticked."""
        chosen = self._editor.current.groups
        known = {group.name: count(len(group.objects), "object", "objects") for group in self._session.groups()}
        gone = {name: "not in this scene" for name in chosen if name not in known}
        rows = (("", ""), *{**known, **gone}.items())
        self._is_showing = True
        if rows != self._shown:
            self._fill(rows)
        for index, (name, _) in enumerate(rows):
            is_on = name in chosen if name else not chosen
            self.item(index).setCheckState(_Check.Checked if is_on else _Check.Unchecked)
        self._is_showing = False

    def _fill(self, rows: tuple[tuple[str, str], ...]) -> None:
        self._shown = rows
        current = self.currentRow()
        self.clear()
        for name, remark in rows:
            item = QtWidgets.QListWidgetItem(f"{name} ({remark})" if name else _SELECTION)
            item.setToolTip(item.text() if name else "The objects that are selected when Bake is pressed")
            item.setFlags(item.flags() | QtCore.Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(_Check.Unchecked)
            self.addItem(item)
        self.setCurrentRow(min(max(current, 0), len(rows) - 1))
        self.updateGeometry()

    def _tick(self, item: QtWidgets.QListWidgetItem) -> None:
        if self._is_showing:
            return
        name = self._shown[self.row(item)][0]
        is_on = item.checkState() == _Check.Checked
        others = tuple(group for group in self._editor.current.groups if group != name)
        groups = () if not name else (*others, name) if is_on else others
        self._editor.set(groups=groups)
        self.refresh()
