"""The table of bake elements: which are baked, add what the renderer offers, remove, and choose rows to edit."""

from __future__ import annotations

from dataclasses import replace

from flatiron_tasks.contracts.elements import extension
from max_submitter.bake_settings import BakeSettings, ElementSettings
from max_submitter.panel.qt import QAction, QtCore, QtWidgets, Signal
from max_submitter.panel.settings_editor import SettingsEditor
from max_submitter.panel.short_lists import ShortTable
from max_submitter.panel.words import KIND_WORDS
from max_submitter.scene.facts import ElementOffer
from max_submitter.session.port import PanelSession

_Check = QtCore.Qt.CheckState
_DEFAULT_SIDE = 2048


class ElementsTable(QtWidgets.QWidget):
    """Rows in the order of the settings."""

    chosen = Signal()
    """Other rows are selected, or what they hold has changed."""

    def __init__(self, session: PanelSession, editor: SettingsEditor) -> None:
        super().__init__()
        self._session, self._editor = session, editor
        self._is_showing = False
        self.table = ShortTable("Bake elements", ("Element", "Size", "File"), least_rows=3, most_rows=8)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QtWidgets.QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QtWidgets.QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QtWidgets.QHeaderView.ResizeMode.Stretch)
        self.add = QtWidgets.QPushButton("&Add element")
        self.menu = QtWidgets.QMenu(self.add)
        self.add.setMenu(self.menu)
        self.remove = QtWidgets.QPushButton("Remo&ve")
        self.remove.setAccessibleName("Remove the selected elements")
        self._lay_out()
        self.menu.aboutToShow.connect(self._fill_menu)
        self.remove.clicked.connect(self._remove)
        self.table.itemChanged.connect(self._tick)
        self.table.itemSelectionChanged.connect(self._choose)

    def rows(self) -> tuple[int, ...]:
        """The selected rows that the settings still have."""
        many = len(self._editor.current.elements)
        selected = self.table.selectionModel().selectedRows()
        return tuple(sorted(index.row() for index in selected if index.row() < many))

    def refresh(self) -> None:
        """Show the elements; cells that say the same stay untouched."""
        elements = self._editor.current.elements
        self._is_showing = True
        if self.table.rowCount() != len(elements):
            self.table.setRowCount(len(elements))
            self.table.updateGeometry()
        for row, element in enumerate(elements):
            self._show_row(row, element)
        self._is_showing = False
        self._choose()

    def _lay_out(self) -> None:
        buttons = QtWidgets.QHBoxLayout()
        buttons.addWidget(self.add)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        layout.addLayout(buttons)

    def _show_row(self, row: int, element: ElementSettings) -> None:
        file_name = element.stem + extension(element.file_format)
        name = f"{element.name} ({KIND_WORDS[element.kind]})"
        for column, text in enumerate((name, _size(element), file_name)):
            item = self.table.item(row, column)
            if item is None:
                item = QtWidgets.QTableWidgetItem()
                self.table.setItem(row, column, item)
            if item.text() != text:
                item.setText(text)
                item.setToolTip(text)
        first = self.table.item(row, 0)
        if first is not None:
            first.setCheckState(_Check.Checked if element.enabled else _Check.Unchecked)

    def _choose(self) -> None:
        if not self._is_showing:
            self.remove.setEnabled(bool(self.rows()))
            self.chosen.emit()

    def _tick(self, item: QtWidgets.QTableWidgetItem) -> None:
        if self._is_showing or item.column() != 0:
            return
        is_on = item.checkState() == _Check.Checked
        ticked = item.row()
        rows = self.rows() if ticked in self.rows() else (ticked,)
        self._editor.set_elements(rows, lambda element: replace(element, enabled=is_on))

    def _fill_menu(self) -> None:
        self.menu.clear()
        offers = self._offers()
        for offer in offers:
            action = QAction(f"{offer.name} ({KIND_WORDS[offer.kind]})", self.menu)
            action.triggered.connect(lambda _checked=False, offer=offer: self._add(offer))
            self.menu.addAction(action)
        if not offers:
            self.menu.addAction("The renderer offers nothing more").setEnabled(False)

    def _offers(self) -> list[ElementOffer]:
        renderer = self._session.renderer()
        taken = {element.name for element in self._editor.current.elements}
        return [offer for offer in (renderer.elements if renderer else ()) if offer.name not in taken]

    def _add(self, offer: ElementOffer) -> None:
        self._editor.edit(lambda settings: _with_element(settings, offer))
        self.refresh()
        self.table.selectRow(self.table.rowCount() - 1)

    def _remove(self) -> None:
        rows = self.rows()
        self.table.clearSelection()
        self._editor.edit(lambda settings: _without(settings, rows))
        self.refresh()


def _size(element: ElementSettings) -> str:
    """`4096²` or `4096 × 2048`."""
    square = element.width == element.height
    return f"{element.width}²" if square else f"{element.width} × {element.height}"


def _with_element(settings: BakeSettings, offer: ElementOffer) -> BakeSettings:
    """A new row is as large as the last one and of its format."""
    if settings.elements:
        last = settings.elements[-1]
        new = replace(last, enabled=True, name=offer.name, kind=offer.kind, stem=offer.name, slot="")
    else:
        side = _DEFAULT_SIDE
        new = ElementSettings(True, offer.name, offer.kind, offer.name, "png", "uint8", False, side, side, "")
    return replace(settings, elements=(*settings.elements, new))


def _without(settings: BakeSettings, rows: tuple[int, ...]) -> BakeSettings:
    return replace(settings, elements=tuple(one for row, one in enumerate(settings.elements) if row not in rows))
