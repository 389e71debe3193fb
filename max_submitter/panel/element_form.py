"""The fields of the selected bake elements. A field writes to every selected row; one that differs says "varies"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from flatiron_tasks.contracts.elements import FILE_FORMATS, MAX_SIDE
from max_submitter.bake_settings import ElementSettings
from max_submitter.panel.fields import CheckField, ChoiceField, NumberField, SuggestField, TextField
from max_submitter.panel.forms import new_form
from max_submitter.panel.labels import heading
from max_submitter.panel.qt import QtCore, QtWidgets
from max_submitter.panel.settings_editor import SettingsEditor
from max_submitter.panel.words import FORMAT_WORDS, PIXEL_WORDS
from max_submitter.session.port import PanelSession

_T = TypeVar("_T")


class ElementForm(QtWidgets.QWidget):
    """Shown while rows are selected."""

    def __init__(self, session: PanelSession, editor: SettingsEditor) -> None:
        super().__init__()
        self._session, self._editor = session, editor
        self._rows: tuple[int, ...] = ()
        self.title = heading("")
        self.stem = TextField("File name", longest=120, hint="without extension")
        self.width_field = NumberField("Width", 1, MAX_SIDE)
        self.height_field = NumberField("Height", 1, MAX_SIDE)
        self.file_format = ChoiceField("Format", tuple(FORMAT_WORDS.items()))
        self.pixel_type = ChoiceField("Bit depth")
        self.alpha = CheckField("Keep coverage as alpha")
        self.slot = SuggestField("Target slot", longest=120)
        self._lay_out()
        self._connect()

    def show_rows(self, rows: tuple[int, ...]) -> None:
        """Edit these rows of the settings."""
        self._rows = rows
        elements = [self._editor.current.elements[row] for row in rows]
        self.setVisible(bool(elements))
        if elements:
            self._show(elements)

    def _lay_out(self) -> None:
        size = QtWidgets.QHBoxLayout()
        size.addWidget(self.width_field, 1)
        size.addWidget(QtWidgets.QLabel("×"))
        size.addWidget(self.height_field, 1)
        form = new_form(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(self.title)
        form.addRow("File name", self.stem)
        form.addRow("Size", size)
        form.addRow("Format", self.file_format)
        form.addRow("Bit depth", self.pixel_type)
        form.addRow("Alpha", self.alpha)
        form.addRow("Target slot", self.slot)

    def _connect(self) -> None:
        self.stem.edited.connect(self._writer("stem"))
        self.width_field.edited.connect(self._writer("width"))
        self.height_field.edited.connect(self._writer("height"))
        self.pixel_type.edited.connect(self._writer("pixel_type"))
        self.alpha.edited.connect(self._writer("alpha"))
        self.slot.edited.connect(self._writer("slot"))
        self.file_format.edited.connect(lambda name: self._editor.set_elements(self._rows, _with_format(name)))

    def _writer(self, key: str) -> Callable[[Any], None]:
        return lambda value: self._editor.set_elements(self._rows, lambda one: replace(one, **{key: value}))

    def _show(self, elements: list[ElementSettings]) -> None:
        names = [element.name for element in elements]
        self.title.setText(names[0] if len(names) == 1 else f"{len(names)} elements")
        self.title.setToolTip(", ".join(names))
        self.stem.show_value(_common([one.stem for one in elements]))
        self.width_field.show_value(_common([one.width for one in elements]))
        self.height_field.show_value(_common([one.height for one in elements]))
        self.file_format.show_value(_common([one.file_format for one in elements]))
        self.pixel_type.set_choices(_pixel_choices(elements))
        self.pixel_type.show_value(_common([one.pixel_type for one in elements]))
        self.alpha.setEnabled(any(FILE_FORMATS[one.file_format][2] for one in elements))
        self.alpha.show_value(_common([one.alpha for one in elements]))
        self.slot.set_suggestions(self._slots())
        self.slot.show_value(_common([one.slot for one in elements]))

    def _slots(self) -> tuple[str, ...]:
        """Slots of the materials in the chosen groups, or in all."""
        chosen = self._editor.current.groups
        groups = [group for group in self._session.groups() if not chosen or group.name in chosen]
        return tuple(sorted({slot for group in groups for one in group.objects for slot in one.slots}))

    def focus_first(self) -> None:
        """Put the cursor into the first field."""
        self.stem.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)


def _common(values: list[_T]) -> _T | None:
    return values[0] if all(value == values[0] for value in values) else None


def _pixel_choices(elements: list[ElementSettings]) -> tuple[tuple[str, str], ...]:
    """Bit depths that every selected format can hold."""
    shared = set(PIXEL_WORDS).intersection(*(FILE_FORMATS[one.file_format][1] for one in elements))
    return tuple((value, label) for value, label in PIXEL_WORDS.items() if value in shared)


def _with_format(file_format: str) -> Callable[[ElementSettings], ElementSettings]:
    """Another format; a bit depth or alpha that it cannot hold gives way."""
    _, pixel_types, can_alpha = FILE_FORMATS[file_format]

    def change(element: ElementSettings) -> ElementSettings:
        kept = element.pixel_type if element.pixel_type in pixel_types else pixel_types[0]
        return replace(element, file_format=file_format, pixel_type=kept, alpha=element.alpha and can_alpha)

    return change
