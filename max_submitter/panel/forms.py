"""Forms: a label beside each field, or above it where a narrow panel or a large font leaves no room."""

from __future__ import annotations

from max_submitter.panel.qt import QtWidgets


def new_form(parent: QtWidgets.QWidget | None = None) -> QtWidgets.QFormLayout:
    """A form whose fields take all the width there is, on every platform."""
    form = QtWidgets.QFormLayout()
    if parent is not None:
        parent.setLayout(form)
    form.setFieldGrowthPolicy(QtWidgets.QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setRowWrapPolicy(QtWidgets.QFormLayout.RowWrapPolicy.WrapLongRows)
    return form
