from __future__ import annotations

from dataclasses import replace

from flatiron_tasks.contracts.errors import BadInputError
from max_submitter.panel.qt import QtCore, QtWidgets
from max_submitter.preflight.finding import Finding
from max_submitter.session import port as session_port
from max_submitter.testing import fake_session_scenarios as scenarios
from tests.panel.person import Person

_REFUSED = BadInputError("The share is away.", why="no route to host", advice="Ask the administrator.")


def test_bake_is_disabled_with_the_reason_beside_it(person: Person) -> None:
    panel, session = person.sit_down(scenarios.with_findings())
    bar = panel.preflight.bar
    assert not bar.bake.isEnabled()
    assert bar.reason.text() == session.reason_against_bake() != ""
    assert bar.bake.accessibleDescription() == bar.reason.text()
    person.press(bar.bake, QtCore.Qt.Key.Key_Space)
    assert session.asked("bake") == []


def test_every_finding_says_its_level_by_shape_and_word(person: Person) -> None:
    panel, session = person.sit_down(scenarios.with_findings())
    rows = panel.preflight.rows.rows
    assert [row.sign.accessibleName() for row in rows] == ["Error", "Error with a fix", "Warning"]
    pictures = {bytes(row.sign.grab().toImage().constBits()) for row in rows}
    assert len(pictures) == 3
    assert [row.what.text() for row in rows] == [finding.what for finding in session.findings()]
    assert panel.preflight.summary.text() == "2 errors, 1 warning"


def test_a_fix_mends_and_its_row_goes(person: Person) -> None:
    mended: list[str] = []
    finding = Finding("scene-unsaved", "fixable", "Not saved.", "Save it.", "", "Save", lambda: mended.append("saved"))
    panel, _ = person.sit_down(replace(scenarios.filled_in(), findings=(finding,)))
    person.click(panel.preflight.rows.rows[0].fix)
    assert mended == ["saved"]
    assert panel.preflight.rows.rows == []
    assert panel.preflight.bar.bake.isEnabled()
    assert panel.preflight.summary.text() == "Everything is in order."


def test_a_fix_that_fails_says_why_in_the_panel(person: Person) -> None:
    panel, session = person.sit_down(scenarios.with_findings())
    session.refuse_with = _REFUSED
    person.click(panel.preflight.rows.rows[1].fix)
    assert panel.preflight.trouble.text() == str(_REFUSED)
    assert panel.preflight.trouble.isVisible()


def test_a_finding_that_stays_keeps_its_row_and_its_focus(person: Person) -> None:
    panel, session = person.sit_down(scenarios.with_findings())
    row = panel.preflight.rows.rows[1]
    row.fix.setFocus()
    more = Finding("new", "fatal", "Something new.", "Mend it.")
    session.put(findings=(more, *session.findings()[1:]))
    person.turn()
    assert panel.preflight.rows.rows[1] is row
    assert panel.focusWidget() is row.fix
    assert panel.preflight.rows.rows[0].what.text() == "Something new."


def test_a_fix_runs_the_newest_callable_of_an_equal_finding(person: Person) -> None:
    ran: list[str] = []
    finding = Finding("a", "fixable", "Wrong.", "", "", "Mend", lambda: ran.append("old"))
    panel, session = person.sit_down(replace(scenarios.filled_in(), findings=(finding,)))
    session.put(findings=(replace(finding, fix=lambda: ran.append("new")),))
    person.turn()
    person.click(panel.preflight.rows.rows[0].fix)
    assert ran == ["new"]


def test_pressing_bake_hands_over_what_was_typed_last(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    person.write(panel.baking.output_folder, "/last")
    person.click(panel.preflight.bar.bake)
    assert [call[0] for call in session.calls] == ["change", "bake"]
    assert session.settings.output_folder == "/last"


def test_bake_is_not_pressed_if_the_last_input_forbids_it(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    person.write(panel.baking.output_folder, "/nowhere")

    def judge(topic: session_port.Topic) -> None:
        if topic == "settings":
            session.put(reason="No folder.")

    session.listen(judge)
    person.click(panel.preflight.bar.bake)
    assert session.asked("bake") == []
    assert panel.preflight.bar.reason.text() == "No folder."


def test_progress_of_bake_stands_in_the_panel_and_no_window_opens(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    windows = set(QtWidgets.QApplication.topLevelWidgets())
    bar = panel.preflight.bar
    person.click(bar.bake)
    assert not bar.bake.isEnabled()
    session.put(progress=session_port.BakeProgress("Copying the scene.", 0.5, is_running=True))
    person.turn()
    assert (bar.progress.isVisible(), bar.progress.value(), bar.sentence.text()) == (True, 500, "Copying the scene.")
    session.put(progress=session_port.BakeProgress("Looking.", None, is_running=True))
    person.turn()
    assert bar.progress.maximum() == 0
    session.put(progress=None)
    person.turn()
    assert bar.bake.isEnabled()
    assert not bar.progress.isVisible()
    assert {one for one in QtWidgets.QApplication.topLevelWidgets() if one.isVisible()} <= windows


def test_an_error_of_bake_can_be_selected_with_the_keyboard(person: Person) -> None:
    panel, _ = person.sit_down(scenarios.failed())
    error = panel.preflight.bar.error
    assert error.isVisible()
    assert error.text().endswith("press Bake again.")
    flags = error.textInteractionFlags()
    assert flags & QtCore.Qt.TextInteractionFlag.TextSelectableByKeyboard
    assert panel.preflight.bar.error_sign.isVisible()


def test_a_refused_bake_says_why(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    session.refuse_with = _REFUSED
    person.click(panel.preflight.bar.bake)
    assert panel.preflight.bar.error.text() == str(_REFUSED)


def test_checking_again_is_asked_for_and_told(person: Person) -> None:
    panel, session = person.sit_down(replace(scenarios.with_findings(), is_checking=True))
    assert panel.preflight.summary.text().startswith("Checking…")
    person.click(panel.preflight.again)
    assert session.asked("check_again") == [()]


def test_the_test_button_gives_one_line_per_part(person: Person) -> None:
    panel, session = person.sit_down(replace(scenarios.filled_in(), test_lines=()))
    network = panel.network
    assert not network.lines.isVisible()
    person.click(network.test)
    assert network.lines.isVisible()
    session.put(test_lines=(session_port.ConnectionLine("Manager", False, "No answer from farm:3234. Is it running?"),))
    person.turn()
    row = network.lines.rows["Manager"]
    assert (row.sign.accessibleName(), row.sentence.text()) == ("Wrong", "No answer from farm:3234. Is it running?")
    assert network.lines.rows["Redis"].sign.accessibleName() == "Looking"


def test_studio_settings_are_taken_over(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    dialog = panel.network.open_studio_settings()
    person.write(dialog.redis, "redis://artist:secret@broker:6380/2")
    dialog.rules.setPlainText("//server/bakes => S:/bakes\n\n//other/share => T:/maps")
    person.press(dialog.redis, QtCore.Qt.Key.Key_Return)
    assert dialog.trouble.text() == ""
    known = session.configuration
    assert known.redis_url == "redis://artist:secret@broker:6380/2"
    assert [(rule.canonical, rule.local) for rule in known.path_rules] == [
        ("//server/bakes", "S:/bakes"),
        ("//other/share", "T:/maps"),
    ]
    assert not dialog.isVisible()


def test_a_wrong_studio_setting_keeps_the_dialog_open_with_the_reason(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    dialog = panel.network.open_studio_settings()
    before = session.configuration
    for renderer, rules, said in (("No Such!", "", "renderer"), ("3dsmaxbatch", "//server S:/", "path rule")):
        person.write(dialog.renderer, renderer)
        dialog.rules.setPlainText(rules)
        person.press(dialog.redis, QtCore.Qt.Key.Key_Return)
        assert dialog.isVisible()
        assert said in dialog.trouble.text()
    assert session.configuration == before
    dialog.reject()
