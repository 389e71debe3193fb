from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from max_submitter.panel import settings_editor
from max_submitter.panel.fields import VARIES
from max_submitter.panel.panel import Panel
from max_submitter.panel.qt import QtCore, QtGui, QtWidgets
from max_submitter.testing import fake_session_scenarios as scenarios
from tests.panel.person import Person


def test_what_is_typed_fast_goes_out_as_one_change(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_editor, "PAUSE_MS", 3000)  # also on a busy machine, all of this is fast
    panel, session = person.sit_down(scenarios.empty())
    person.write(panel.baking.output_folder, "/textures")
    person.write(panel.baking.strips, "12")
    person.choose(panel.baking.mode, "Multi Pass")
    assert session.asked("change") == []
    person.wait(lambda: session.asked("change"), "the change goes out")
    assert len(session.asked("change")) == 1
    settings = session.settings
    assert (settings.output_folder, settings.strips, settings.mode) == ("/textures", 12, "multi")


@pytest.mark.parametrize("typed", ["", "-5", "0", "999999", "abc", "12a", "1e3", " "])
def test_no_typed_port_leaves_the_range_of_ports(person: Person, typed: str) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    person.write(panel.network.port, typed)
    person.press(panel.network.port, QtCore.Qt.Key.Key_Tab)
    panel.editor.flush()
    assert 1 <= session.settings.network.port <= 65535
    assert panel.network.port.value() == session.settings.network.port


@pytest.mark.parametrize("pasted", ["１２", "12\n13", "٣", "7" * 400])
def test_no_pasted_port_leaves_the_range_of_ports(person: Person, pasted: str) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    QtGui.QGuiApplication.clipboard().setText(pasted)
    panel.network.port.setFocus()
    panel.network.port.selectAll()
    person.paste(panel.network.port)
    person.press(panel.network.port, QtCore.Qt.Key.Key_Tab)
    panel.editor.flush()
    assert 1 <= session.settings.network.port <= 65535


def test_every_field_of_the_network_reaches_the_session(person: Person) -> None:
    panel, session = person.sit_down(scenarios.empty())
    network = panel.network
    assert not network.manager.isEnabled()
    person.click(network.enabled)
    person.write(network.manager, " farm ")
    person.write(network.port, "7350")
    person.write(network.folder, r"\\server\bakes")
    person.write(network.priority, "7")
    person.write(network.server_group, "night")
    panel.editor.flush()
    known = session.settings.network
    assert (known.enabled, known.manager, known.port) == (True, "farm", 7350)
    assert (known.network_folder, known.priority, known.server_group) == (r"\\server\bakes", 7, "night")


def test_every_field_of_the_bake_reaches_the_session(person: Person) -> None:
    panel, session = person.sit_down(scenarios.empty())
    baking = panel.baking
    person.write(baking.uv_channel, "3")
    person.write(baking.padding, "16")
    person.click(baking.fill_all)
    assert not baking.padding.isEnabled()
    person.choose(baking.frames, "Range")
    person.write(baking.first_frame, "-5")
    person.write(baking.last_frame, "20")
    person.click(baking.shell)
    person.click(baking.overwrite)
    panel.editor.flush()
    known = session.settings
    assert (known.uv_channel, known.padding, known.fill_all) == (3, 16, True)
    assert (known.use_range, known.first_frame, known.last_frame) == (True, -5, 20)
    assert (known.shell, known.overwrite) == (True, True)


def test_a_browsed_folder_is_taken_and_a_cancelled_dialog_changes_nothing(person: Person) -> None:
    panel, session = person.sit_down(scenarios.empty())
    person.click(panel.baking.output_folder.browse)
    panel.editor.flush()
    assert session.asked("change") == []
    person.files.folder_answer = "/chosen"
    person.click(panel.baking.output_folder.browse)
    panel.editor.flush()
    assert session.settings.output_folder == "/chosen"


def test_a_text_that_no_document_can_hold_is_refused_in_the_panel(person: Person) -> None:
    panel, session = person.sit_down(scenarios.empty())
    panel.editor.set(output_folder="x" * 5000)
    assert "output_folder" in panel.baking.refused.text()
    panel.editor.set(output_folder="/ok")
    panel.editor.flush()
    assert session.settings.output_folder == "/ok"
    assert not panel.baking.refused.isVisible()


def test_a_change_from_elsewhere_keeps_what_a_person_types(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    person.write(panel.baking.output_folder, "/mine")
    session.put(settings=replace(session.settings, padding=2))
    person.turn()
    assert panel.baking.output_folder.line.text() == "/mine"
    assert panel.baking.padding.value() == 2
    panel.editor.flush()
    assert (session.settings.output_folder, session.settings.padding) == ("/mine", 2)


def test_refreshing_does_not_move_the_cursor_or_the_focus(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    line = panel.network.manager
    line.setFocus()
    line.setCursorPosition(3)
    for topic in ({"findings": ()}, {"jobs": ()}, {"settings": session.settings}, {"test_lines": ()}):
        session.put(**topic)
        person.turn()
    assert line.cursorPosition() == 3
    assert panel.focusWidget() is line


def test_groups_are_ticked_and_none_means_the_selection(person: Person) -> None:
    panel, session = person.sit_down(scenarios.empty())
    groups = panel.baking.groups
    assert [groups.item(row).text() for row in range(groups.count())][:2] == ["Selection", "booth_a (12 objects)"]
    person.tick(groups, 1)
    person.tick(groups, 3)
    panel.editor.flush()
    assert list(session.settings.groups) == ["booth_a", "floor"]
    person.tick(groups, 0)
    panel.editor.flush()
    assert list(session.settings.groups) == []
    assert groups.item(0).checkState() == QtCore.Qt.CheckState.Checked


def test_a_group_that_is_gone_can_be_unticked(person: Person) -> None:
    state = scenarios.filled_in()
    panel, session = person.sit_down(replace(state, settings=replace(state.settings, groups=("lost",))))
    assert panel.baking.groups.item(4).text() == "lost (not in this scene)"
    person.tick(panel.baking.groups, 4)
    panel.editor.flush()
    assert session.settings.groups == ()


def add_element(person: Person, panel: Panel, name: str) -> None:
    panel.baking.elements.menu.aboutToShow.emit()
    next(action for action in panel.baking.elements.menu.actions() if action.text().startswith(name)).trigger()
    person.turn()


def test_elements_are_added_from_what_the_renderer_offers_and_removed(person: Person) -> None:
    panel, session = person.sit_down(scenarios.empty())
    add_element(person, panel, "CompleteMap")
    add_element(person, panel, "NormalsMap")
    panel.editor.flush()
    assert [(one.name, one.kind) for one in session.settings.elements] == [
        ("CompleteMap", "color"),
        ("NormalsMap", "normal"),
    ]
    panel.baking.elements.menu.aboutToShow.emit()
    assert not any("NormalsMap" in action.text() for action in panel.baking.elements.menu.actions())
    assert panel.baking.elements.rows() == (1,)
    person.click(panel.baking.elements.remove)
    panel.editor.flush()
    assert [one.name for one in session.settings.elements] == ["CompleteMap"]


def test_a_tick_in_the_table_switches_an_element(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    person.tick(panel.baking.elements.table, 2)
    panel.editor.flush()
    assert session.settings.elements[2].enabled


def test_several_elements_are_edited_at_once(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    panel.baking.elements.table.selectAll()
    form = panel.baking.element
    assert form.width_field.text() == VARIES
    assert form.stem.placeholderText() == VARIES
    person.write(form.width_field, "1024")
    person.write(form.height_field, "512")
    person.click(form.alpha)
    panel.editor.flush()
    assert {(one.width, one.height, one.alpha) for one in session.settings.elements} == {(1024, 512, True)}
    assert [one.stem for one in session.settings.elements] == ["CompleteMap", "LightingMap", "AO", "Normals"]


def test_a_format_takes_its_bit_depths_and_alpha_with_it(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    panel.baking.elements.table.selectRow(0)
    form = panel.baking.element
    person.choose(form.file_format, "JPEG")
    panel.editor.flush()
    element = session.settings.elements[0]
    assert (element.file_format, element.pixel_type, element.alpha) == ("jpeg", "uint8", False)
    assert not form.alpha.isEnabled()
    assert [form.pixel_type.itemData(index) for index in range(form.pixel_type.count())] == ["uint8"]


def test_the_file_name_and_the_slot_of_an_element_can_be_typed(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    panel.baking.elements.table.selectRow(3)
    form = panel.baking.element
    assert [form.slot.itemText(index) for index in range(form.slot.count())] == [
        "Bump",
        "Diffuse Color",
        "Self-Illumination",
    ]
    person.write(form.stem, "N")
    line = form.slot.lineEdit()
    assert line is not None
    person.write(line, "Normal Bump")
    panel.editor.flush()
    assert (session.settings.elements[3].stem, session.settings.elements[3].slot) == ("N", "Normal Bump")


def test_the_final_paths_are_shown_whole_in_tooltips_and_copied(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    files = panel.baking.files
    paths = [str(file.path) for file in session.planned_files()]
    assert files.list.count() == len(paths) == 6
    assert paths[0] in files.list.item(0).toolTip()
    assert files.summary.text() == "6 files, 1 already there"
    person.click(files.copy)
    assert QtGui.QGuiApplication.clipboard().text() == "\n".join(paths)
    files.list.item(1).setSelected(True)
    person.click(files.copy)
    assert Path(QtGui.QGuiApplication.clipboard().text()) == session.planned_files()[1].path


def test_a_long_range_does_not_fill_the_panel_with_thousands_of_rows(person: Person) -> None:
    state = scenarios.filled_in()
    settings = replace(state.settings, use_range=True, last_frame=999)
    panel, session = person.sit_down(replace(state, settings=settings))
    assert len(session.planned_files()) == 6000
    assert panel.baking.files.list.count() == 200
    panel.baking.files.copy_paths()
    assert len(QtGui.QGuiApplication.clipboard().text().splitlines()) == 6000


def test_the_wheel_scrolls_the_panel_and_turns_no_number(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    panel.baking.strips.clearFocus()
    where = QtCore.QPointF(5, 5)
    for field in (panel.baking.strips, panel.baking.mode, panel.baking.element.slot):
        wheel = QtGui.QWheelEvent(
            where,
            where,
            QtCore.QPoint(),
            QtCore.QPoint(0, 120),
            QtCore.Qt.MouseButton.NoButton,
            QtCore.Qt.KeyboardModifier.NoModifier,
            QtCore.Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QtWidgets.QApplication.sendEvent(field, wheel)
    panel.editor.flush()
    assert session.asked("change") == []
