"""Input fields that tell only of what a person did, and take a value without disturbing who types.

`show_value` puts a value in; None means that the edited things differ. `edited` is emitted for a person's change only.
A field that shows what the session says already is not touched, so that a cursor or half a number stays.
"""

from __future__ import annotations

from max_submitter.panel.qt import QtCore, QtGui, QtWidgets, Signal

VARIES = "varies"
_Policy = QtWidgets.QSizePolicy.Policy


class NumberField(QtWidgets.QSpinBox):
    """A whole number between two limits; what cannot become one is not taken while typing."""

    edited = Signal(int)

    def __init__(self, name: str, lowest: int, highest: int, *, unit: str = "") -> None:
        super().__init__()
        self._lowest = lowest
        self._is_showing = False
        self.setRange(lowest, highest)
        self.setSuffix(f" {unit}" if unit else "")
        self.setAccessibleName(name)
        self.setToolTip(f"{name}: {lowest} to {highest}")
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(_Policy.Expanding, _Policy.Fixed)
        self.valueChanged.connect(self._tell)

    def show_value(self, value: int | None) -> None:
        """Show a number, or that the numbers differ."""
        self._is_showing = True
        self.setMinimum(self._lowest - 1 if value is None else self._lowest)
        self.setSpecialValueText(VARIES if value is None else "")
        wanted = self._lowest - 1 if value is None else value
        if wanted != self.value():
            self.setValue(wanted)
        self._is_showing = False

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Turn the number only where a person works; else the panel scrolls."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _tell(self, value: int) -> None:
        if not self._is_showing and value >= self._lowest:
            self.edited.emit(value)


class ChoiceField(QtWidgets.QComboBox):
    """One of a few values, each with its label."""

    edited = Signal(str)

    def __init__(self, name: str, choices: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__()
        self._choices: tuple[tuple[str, str], ...] = ()
        self.setAccessibleName(name)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(_Policy.Expanding, _Policy.Fixed)
        self.setMinimumContentsLength(4)
        self.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setPlaceholderText(VARIES)
        self.set_choices(choices)
        self.activated.connect(self._tell)

    def set_choices(self, choices: tuple[tuple[str, str], ...]) -> None:
        """Offer other values, as (value, label)."""
        if choices == self._choices:
            return
        self._choices = choices
        self.clear()
        for value, label in choices:
            self.addItem(label, value)

    def show_value(self, value: str | None) -> None:
        """Show a value, or that the values differ."""
        index = -1 if value is None else self.findData(value)
        if index != self.currentIndex():
            self.setCurrentIndex(index)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to the panel unless a person works here."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _tell(self, index: int) -> None:
        self.edited.emit(str(self.itemData(index)))


class TextField(QtWidgets.QLineEdit):
    """A line of text."""

    edited = Signal(str)

    def __init__(self, name: str, *, longest: int, hint: str = "") -> None:
        super().__init__()
        self._hint = hint
        self.setAccessibleName(name)
        self.setMaxLength(longest)
        self.setPlaceholderText(hint)
        self.textEdited.connect(self.edited)

    def show_value(self, text: str | None) -> None:
        """Show a text, or that the texts differ."""
        self.setPlaceholderText(VARIES if text is None else self._hint)
        if (text or "") != self.text():
            self.setText(text or "")


class CheckField(QtWidgets.QCheckBox):
    """Yes or no; a bar instead of the tick while the edited things differ."""

    edited = Signal(bool)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.setAccessibleName(name.replace("&", ""))
        self.clicked.connect(lambda _checked=False: self.edited.emit(self.isChecked()))

    def nextCheckState(self) -> None:  # noqa: N802 - Qt's name
        """A person chooses yes or no, never the bar."""
        becomes_checked = self.checkState() != QtCore.Qt.CheckState.Checked
        self.setTristate(False)
        self.setChecked(becomes_checked)

    def show_value(self, value: bool | None) -> None:
        """Show yes, no, or that they differ."""
        if value is None:
            self.setCheckState(QtCore.Qt.CheckState.PartiallyChecked)
        else:
            self.setTristate(False)
            self.setChecked(value)


class SuggestField(QtWidgets.QComboBox):
    """A line of text with suggestions to pick from."""

    edited = Signal(str)

    def __init__(self, name: str, *, longest: int) -> None:
        super().__init__()
        self._suggestions: tuple[str, ...] = ()
        self.setEditable(True)
        self.setInsertPolicy(QtWidgets.QComboBox.InsertPolicy.NoInsert)
        self.setAccessibleName(name)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(_Policy.Expanding, _Policy.Fixed)
        self.setMinimumContentsLength(4)
        self.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._line().setMaxLength(longest)
        self._line().setAccessibleName(name)
        self._line().textEdited.connect(self.edited)
        self.activated.connect(lambda index: self.edited.emit(self.itemText(index)))

    def set_suggestions(self, suggestions: tuple[str, ...]) -> None:
        """Offer other texts; what is typed stays."""
        if suggestions != self._suggestions:
            typed, self._suggestions = self.currentText(), suggestions
            self.clear()
            self.addItems(list(suggestions))
            self.setEditText(typed)

    def show_value(self, text: str | None) -> None:
        """Show a text, or that the texts differ."""
        self._line().setPlaceholderText(VARIES if text is None else "none")
        if (text or "") != self.currentText():
            self.setEditText(text or "")

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to the panel."""
        event.ignore()

    def _line(self) -> QtWidgets.QLineEdit:
        line = self.lineEdit()
        assert line is not None  # noqa: S101 - an editable combo box has one
        return line
