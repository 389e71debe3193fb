from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from max_submitter.panel.job_actions import possible
from max_submitter.panel.job_card import JobCard
from max_submitter.panel.panel import Panel
from max_submitter.panel.qt import QtCore, QtGui, QtWidgets
from max_submitter.session.port import JobRow
from max_submitter.testing import fake_session_scenarios as scenarios
from max_submitter.testing.fake_jobs import job_row
from tests.panel.person import Person


def cards(panel: Panel) -> list[JobCard]:
    """From top to bottom."""
    shown = [card for card in panel.jobs.cards.values() if card.isVisible()]
    return sorted(shown, key=lambda card: card.mapTo(panel, card.rect().topLeft()).y())


def changed_view(row: JobRow, **values: Any) -> JobRow:
    return replace(row, view=replace(row.view, sequence=row.view.sequence + 1, **values))


def menu_labels(card: JobCard) -> dict[str, bool]:
    card.buttons.menu.aboutToShow.emit()
    return {action.text(): action.isEnabled() for action in card.buttons.menu.actions()}


def test_all_jobs_are_shown_newest_first(person: Person) -> None:
    panel, session = person.sit_down(scenarios.ten_jobs())
    assert [card.name.text() for card in cards(panel)] == [row.view.job_name for row in session.jobs()]
    assert panel.jobs.summary.text() == "10 jobs, 7 running"
    assert panel.jobs.trouble.text().startswith("Nothing listens at farm-manager")


def test_a_new_job_comes_first_and_the_old_cards_stay(person: Person) -> None:
    panel, session = person.sit_down(scenarios.running())
    old = cards(panel)[0]
    session.put(jobs=(job_row(40, "submitted"), *session.jobs()))
    person.look(panel)
    assert [card.name.text() for card in cards(panel)] == ["pavilion booth_a 40", "pavilion booth_a"]
    assert cards(panel)[1] is old


def test_the_tab_key_meets_the_newest_job_first(person: Person) -> None:
    panel, session = person.sit_down(scenarios.running())
    session.put(jobs=(job_row(40, "submitted"), *session.jobs()))
    person.look(panel)
    newest, older = (card.buttons for card in cards(panel))
    panel.jobs.merge.setFocus()
    met = []
    for _ in range(7):
        person.press(panel.focusWidget() or panel, QtCore.Qt.Key.Key_Tab)
        met.append(panel.focusWidget())
    assert met.index(newest.more_details) < met.index(newest.folder) < met.index(older.more_details)


def test_a_job_that_left_the_list_leaves_the_panel(person: Person) -> None:
    panel, session = person.sit_down(scenarios.ten_jobs())
    session.put(jobs=session.jobs()[3:])
    person.look(panel)
    assert len(cards(panel)) == len(panel.jobs.cards) == 7


def test_the_filter_hides_what_is_over_and_follows_changes(person: Person) -> None:
    panel, session = person.sit_down(scenarios.ten_jobs())
    person.choose(panel.jobs.shown, "Running jobs")
    person.look(panel)
    assert len(cards(panel)) == 7
    session.put(jobs=tuple(replace(row, view=replace(row.view, state="done")) for row in session.jobs()))
    person.look(panel)
    assert cards(panel) == []
    person.choose(panel.jobs.shown, "All jobs")
    person.look(panel)
    assert len(cards(panel)) == 10


def test_a_card_tells_state_progress_and_times(person: Person) -> None:
    panel, _ = person.sit_down(scenarios.running())
    card = cards(panel)[0]
    assert card.state.text() == "Rendering"
    assert card.progress.text() == "5 of 12 passes"
    assert card.times.text() == "Elapsed 4:05, about 5:40 left"
    assert card.sentence.text() == "5 of 12 passes merged, 2 render on node-03 and node-07."


def test_a_failed_job_says_why_and_what_to_do(person: Person) -> None:
    panel, session = person.sit_down(scenarios.failed())
    card, view = cards(panel)[0], session.jobs()[0].view
    assert view.reason in card.sentence.text()
    assert view.advice in card.sentence.text()
    assert card.sign.accessibleName() == "Wrong"


def question_of(card: JobCard) -> QtWidgets.QWidget | None:
    return card.buttons.question


def test_cancel_asks_in_the_card_and_no_cancels_nothing(person: Person) -> None:
    panel, session = person.sit_down(scenarios.running())
    card = cards(panel)[0]
    person.click(card.buttons.cancel)
    assert question_of(card) is not None
    focused = panel.focusWidget()
    assert focused is not None
    assert focused.accessibleName().startswith("No")
    person.press(focused, QtCore.Qt.Key.Key_Space)
    assert question_of(card) is None
    assert session.asked("cancel") == []


def test_cancel_is_sent_after_yes(person: Person) -> None:
    panel, session = person.sit_down(scenarios.running())
    card = cards(panel)[0]
    person.click(card.buttons.cancel)
    yes = next(child for child in card.findChildren(type(card.buttons.cancel)) if child.text() == "Yes, cancel")
    person.click(yes)
    assert session.asked("cancel") == [(session.jobs()[0].view.job_id,)]
    assert card.asked.text() == "Cancelling was asked for."
    session.put(jobs=(changed_view(session.jobs()[0], state="cancelling"),))
    person.look(panel)
    assert not card.asked.isVisible()
    assert not card.buttons.cancel.isEnabled()


def test_the_question_goes_when_the_job_ends_meanwhile(person: Person) -> None:
    panel, session = person.sit_down(scenarios.running())
    card = cards(panel)[0]
    person.click(card.buttons.cancel)
    session.put(jobs=(changed_view(session.jobs()[0], state="done"),))
    person.look(panel)
    assert card.buttons.question is None
    assert session.asked("cancel") == []


@pytest.mark.parametrize(
    ("state", "suspended", "main", "enabled"),
    [
        ("submitted", False, "Suspend", {"Cancel", "Suspend", "Open folder", "Open in Flower"}),
        ("rendering", False, "Suspend", {"Cancel", "Suspend", "Open folder", "Open in Flower", "Manual Merge…"}),
        ("rendering", True, "Resume", {"Cancel", "Resume", "Open folder", "Open in Flower", "Manual Merge…"}),
        ("merging", False, "Suspend", {"Cancel", "Open folder", "Open in Flower", "Manual Merge…"}),
        (
            "failed",
            False,
            "Re-queue failed",
            {"Cancel", "Re-queue failed", "Open folder", "Open in Flower", "Manual Merge…"},
        ),
        ("cancelling", False, "Suspend", {"Open folder", "Open in Flower"}),
        ("done", False, "Suspend", {"Open folder", "Open in Flower"}),
        ("cancelled", False, "Suspend", {"Open folder", "Open in Flower"}),
    ],
)
def test_only_what_makes_sense_can_be_chosen(
    person: Person, state: str, suspended: bool, main: str, enabled: set[str]
) -> None:
    row = job_row(1, state)
    row = replace(row, view=replace(row.view, suspended=suspended))
    panel, _ = person.sit_down(replace(scenarios.filled_in(), jobs=(row,)))
    card = cards(panel)[0]
    labels = menu_labels(card)
    assert {label for label, is_enabled in labels.items() if is_enabled} == enabled
    assert card.buttons.main.text() == main
    assert card.buttons.main.isEnabled() == (main in enabled)
    assert card.buttons.cancel.isEnabled() == ("Cancel" in enabled)


def test_flower_is_offered_only_if_it_has_an_address(person: Person) -> None:
    panel, session = person.sit_down(scenarios.running())
    assert menu_labels(cards(panel)[0])["Open in Flower"]
    session.put(configuration=replace(session.configuration, flower_url="", web_url=""))
    person.turn()
    assert not menu_labels(cards(panel)[0])["Open in Flower"]


@pytest.mark.parametrize(
    ("state", "suspended", "method"),
    [("rendering", False, "suspend"), ("rendering", True, "go_on"), ("failed", False, "requeue")],
)
def test_the_main_button_asks_the_session(person: Person, state: str, suspended: bool, method: str) -> None:
    row = job_row(1, state)
    row = replace(row, view=replace(row.view, suspended=suspended))
    panel, session = person.sit_down(replace(scenarios.filled_in(), jobs=(row,)))
    person.click(cards(panel)[0].buttons.main)
    person.click(cards(panel)[0].buttons.folder)
    assert session.asked(method) == session.asked("open_folder") == [(row.view.job_id,)]


def test_manual_merge_begins_in_the_folder_of_the_job(person: Person) -> None:
    panel, session = person.sit_down(scenarios.failed())
    card = cards(panel)[0]
    menu_labels(card)
    merge = next(action for action in card.buttons.menu.actions() if action.text() == "Manual Merge…")
    merge.trigger()
    assert session.asked("merge_by_hand") == []
    assert session.jobs()[0].view.job_folder in person.files.asked[0]
    person.files.file_answer = "/share/flatiron-x/job.desc"
    person.click(panel.jobs.merge)
    assert session.asked("merge_by_hand") == [(Path("/share/flatiron-x/job.desc"),)]


def test_details_show_passes_textures_and_notes_and_stay_as_they_were_scrolled(person: Person) -> None:
    panel, session = person.sit_down(scenarios.finished())
    card = cards(panel)[0]
    person.click(card.buttons.more_details)
    details = card.details
    assert details is not None
    titles = [branch.text(0) for branch in (details.topLevelItem(index) for index in range(3)) if branch is not None]
    assert titles == ["Passes: 12 of 12 merged", "Textures: 3 of 3 in place", "On this machine"]
    bar = details.verticalScrollBar()
    bar.setValue(bar.maximum())
    first = details.topLevelItem(0)
    assert first is not None
    items = [first.child(index) for index in range(first.childCount())]
    session.put(jobs=(replace(session.jobs()[0], notes=("Relinked.",)),))
    person.look(panel)
    assert bar.value() == bar.maximum()
    assert [first.child(index) for index in range(first.childCount())] == items
    notes = details.topLevelItem(2)
    assert notes is not None
    note = notes.child(0)
    assert note is not None
    assert note.text(0) == "Relinked."
    person.click(card.buttons.more_details)
    assert not details.isVisible()


def test_an_update_keeps_scroll_position_focus_and_expanded_cards(person: Person) -> None:
    panel, session = person.sit_down(scenarios.ten_jobs())
    card = cards(panel)[6]
    person.click(card.buttons.more_details)
    card.buttons.folder.setFocus()
    bar = panel.scroll_area.verticalScrollBar()
    person.turn()
    bar.setValue(bar.maximum() // 2)
    before = bar.value()
    session.put(jobs=tuple(replace(row, elapsed_seconds=row.elapsed_seconds + 1) for row in session.jobs()))
    person.look(panel)
    assert bar.value() == before > 0
    assert panel.focusWidget() is card.buttons.folder
    assert card.details is not None
    assert card.details.isVisible()


def test_a_second_that_passes_lays_nothing_out_again(person: Person) -> None:
    panel, session = person.sit_down(scenarios.ten_jobs())
    seen: list[QtCore.QEvent.Type] = []

    class Watcher(QtCore.QObject):
        def eventFilter(self, _watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802 - Qt's name
            seen.append(event.type())
            return False

    watcher = Watcher()
    for card in cards(panel):
        card.installEventFilter(watcher)
    session.put(jobs=tuple(replace(row, elapsed_seconds=row.elapsed_seconds + 1) for row in session.jobs()))
    person.look(panel)
    assert QtCore.QEvent.Type.LayoutRequest not in seen
    assert "4:06" in cards(panel)[0].times.text()


def paint(path: Path, colour: str) -> None:
    image = QtGui.QImage(16, 16, QtGui.QImage.Format.Format_RGB32)
    image.fill(QtGui.QColor(colour))
    assert image.save(str(path))


def middle_of(card: JobCard) -> str:
    picture = card.thumbnail.grab().toImage()
    return picture.pixelColor(picture.width() // 2, picture.height() // 2).name()


def becomes(card: JobCard, colour: str) -> Callable[[], bool]:
    return lambda: middle_of(card) == colour


def test_the_thumbnail_grows_in_the_same_file(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "preview.png"
    paint(path, "#ff0000")
    panel, session = person.sit_down(scenarios.running(path))
    card = cards(panel)[0]
    person.wait(becomes(card, "#ff0000"), "the first picture is shown")
    paint(path, "#00ff00")
    session.put(jobs=(changed_view(session.jobs()[0]),))
    person.wait(becomes(card, "#00ff00"), "the next picture is shown")


def test_a_broken_thumbnail_keeps_the_last_picture(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "preview.png"
    paint(path, "#ff0000")
    panel, session = person.sit_down(scenarios.running(path))
    card = cards(panel)[0]
    person.wait(becomes(card, "#ff0000"), "the picture is shown")
    path.write_bytes(b"half a picture")
    other = tmp_path / "after.png"
    paint(other, "#0000ff")
    session.put(jobs=(changed_view(session.jobs()[0]), replace(job_row(3, "rendering"), thumbnail=other)))
    person.look(panel)
    person.wait(becomes(cards(panel)[1], "#0000ff"), "the picture asked for after the broken one is shown")
    assert middle_of(card) == "#ff0000"


def test_no_action_is_possible_in_a_state_that_nobody_knows_and_nothing_breaks(person: Person) -> None:
    row = job_row(1, "rendering")
    row = replace(row, view=replace(row.view, state="hibernating"))
    panel, _ = person.sit_down(replace(scenarios.filled_in(), jobs=(row,)))
    assert cards(panel)[0].state.text() == "hibernating"
    assert "suspend" not in possible(row.view, has_pages=True).actions
