"""The rollout *Baking*: what is baked, how, and into which files."""

from __future__ import annotations

from collections.abc import Iterator

from max_submitter.panel.element_form import ElementForm
from max_submitter.panel.elements_table import ElementsTable
from max_submitter.panel.fields import CheckField, ChoiceField, NumberField
from max_submitter.panel.file_dialogs import FileDialogs, FolderField
from max_submitter.panel.forms import new_form
from max_submitter.panel.groups_list import GroupsList
from max_submitter.panel.labels import Prose, heading
from max_submitter.panel.planned_files_list import PlannedFilesList
from max_submitter.panel.qt import QtWidgets
from max_submitter.panel.rollout import Rollout
from max_submitter.panel.settings_editor import SettingsEditor
from max_submitter.panel.words import MODE_WORDS
from max_submitter.session.port import PanelSession

_FRAMES = (("current", "Current frame"), ("range", "Range"))
_LOWEST_FRAME, _HIGHEST_FRAME = -999_999, 9_999_999


class BakingRollout(Rollout):
    """Every field of BakeSettings besides the network. Empty until it is built."""

    groups: GroupsList
    elements: ElementsTable
    element: ElementForm
    files: PlannedFilesList

    def __init__(self, session: PanelSession, editor: SettingsEditor, dialogs: FileDialogs) -> None:
        super().__init__("Bak&ing")
        self._session, self._editor = session, editor
        self.uv_channel = NumberField("UV channel", 1, 99)
        self.mode = ChoiceField("Mode", MODE_WORDS)
        self.strips = NumberField("Strips", 1, 99)
        self.padding = NumberField("Padding", 0, 1024, unit="texels")
        self.fill_all = CheckField("Fill all")
        self.frames = ChoiceField("Frames", _FRAMES)
        self.first_frame = NumberField("First frame", _LOWEST_FRAME, _HIGHEST_FRAME)
        self.last_frame = NumberField("Last frame", _LOWEST_FRAME, _HIGHEST_FRAME)
        self.output_folder = FolderField("Output folder", dialogs, hint="where the textures land")
        self.shell = CheckField("Put textures into a Shell material")
        self.overwrite = CheckField("Replace files that no bake made")
        self.refused = Prose("Why an input was not taken")
        self._explain()
        self._connect()

    def build(self) -> Iterator[None]:
        """Make the parts from top to bottom, one at each step: together they would hold up 3ds Max."""
        self.groups = GroupsList(self._session, self._editor)
        self._put(heading("Objects"), self.groups)
        yield
        self.body.addLayout(self._uv_form())
        yield
        self.elements = ElementsTable(self._session, self._editor)
        self._put(heading("Elements"), self.elements)
        yield
        self.element = ElementForm(self._session, self._editor)
        self.elements.chosen.connect(lambda: self.element.show_rows(self.elements.rows()))
        self._put(self.element, heading("Textures"))
        yield
        self.body.addLayout(self._textures_form())
        yield
        self.files = PlannedFilesList(self._session)
        self._put(self.refused, heading("Files"), self.files)
        yield

    def refresh(self) -> None:
        """Show the settings."""
        settings = self._editor.current
        self.groups.refresh()
        self.uv_channel.show_value(settings.uv_channel)
        self.elements.refresh()
        self.mode.show_value(settings.mode)
        self.strips.show_value(settings.strips)
        self.padding.show_value(settings.padding)
        self.padding.setEnabled(not settings.fill_all)
        self.fill_all.show_value(settings.fill_all)
        self.frames.show_value("range" if settings.use_range else "current")
        self.first_frame.show_value(settings.first_frame)
        self.last_frame.show_value(settings.last_frame)
        for frame in (self.first_frame, self.last_frame):
            frame.setEnabled(settings.use_range)
        self.output_folder.show_value(settings.output_folder)
        self.shell.show_value(settings.shell)
        self.overwrite.show_value(settings.overwrite)

    def _explain(self) -> None:
        self.mode.setToolTip("Single Pass: all objects in one render. Multi Pass: every object rendered alone.")
        self.strips.setToolTip("Strips: horizontal bands that a pass is cut into, one farm task each (1 to 99).")
        self.fill_all.setToolTip("Fill every empty texel instead of a border of some texels.")
        self.shell.setToolTip("The baked side shows the textures; the original material stays beside it.")

    def _uv_form(self) -> QtWidgets.QFormLayout:
        form = new_form()
        form.addRow("UV channel", self.uv_channel)
        return form

    def _textures_form(self) -> QtWidgets.QFormLayout:
        form = new_form()
        form.addRow("Mode", self.mode)
        form.addRow("Strips", self.strips)
        form.addRow("Padding", _beside(self.padding, self.fill_all))
        form.addRow("Frames", self.frames)
        form.addRow("Range", _beside(self.first_frame, QtWidgets.QLabel("to"), self.last_frame))
        form.addRow("Output folder", self.output_folder)
        form.addRow("", self.shell)
        form.addRow("", self.overwrite)
        return form

    def _put(self, *parts: QtWidgets.QWidget) -> None:
        for part in parts:
            self.body.addWidget(part)

    def _connect(self) -> None:
        edit = self._editor.set
        self.uv_channel.edited.connect(lambda value: edit(uv_channel=value))
        self.mode.edited.connect(lambda value: edit(mode=value))
        self.strips.edited.connect(lambda value: edit(strips=value))
        self.padding.edited.connect(lambda value: edit(padding=value))
        self.fill_all.edited.connect(lambda value: edit(fill_all=value))
        self.frames.edited.connect(lambda value: edit(use_range=value == "range"))
        self.first_frame.edited.connect(lambda value: edit(first_frame=value))
        self.last_frame.edited.connect(lambda value: edit(last_frame=value))
        self.output_folder.edited.connect(lambda value: edit(output_folder=value))
        self.shell.edited.connect(lambda value: edit(shell=value))
        self.overwrite.edited.connect(lambda value: edit(overwrite=value))
        self._editor.refused.connect(self.refused.set_text)


def _beside(first: QtWidgets.QWidget, *others: QtWidgets.QWidget) -> QtWidgets.QHBoxLayout:
    row = QtWidgets.QHBoxLayout()
    row.addWidget(first, 1)
    for widget in others:
        row.addWidget(widget, int(isinstance(widget, NumberField)))
    return row
