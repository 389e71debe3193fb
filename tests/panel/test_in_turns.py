"""The panel is filled in over turns of the event loop: what a person meets meanwhile, and at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from max_submitter.panel.card_column import CardColumn
from max_submitter.panel.panel import Panel
from max_submitter.panel.qt import QtCore, QtWidgets, is_alive
from max_submitter.session.turns import Turns
from max_submitter.testing import fake_session_scenarios as scenarios
from max_submitter.testing.fake_jobs import job_row
from max_submitter.testing.fake_session import FakeSession
from max_submitter.testing.fake_session_state import FakeSessionState
from tests.panel.person import Person


@pytest.fixture(autouse=True)
def a_step_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slowest machine: no turn has time for a second step."""
    defaults = Turns.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "seconds", 0.0)


@pytest.fixture
def opened(person: Person) -> Iterator[list[Panel]]:
    """Panels to take away."""
    panels: list[Panel] = []
    yield panels
    for panel in panels:
        panel.hide()
        panel.deleteLater()
    person.turn()


def open_panel(opened: list[Panel], state: FakeSessionState) -> tuple[Panel, FakeSession]:
    """As the macro does: nothing has turned yet."""
    session = FakeSession(state)
    panel = Panel(session)
    opened.append(panel)
    panel.resize(420, 1200)
    panel.show()
    return panel, session


def shown(panel: Panel) -> list[str]:
    """Names of the cards from top to bottom, as a person sees them: Qt lays out before it paints."""
    QtWidgets.QApplication.sendPostedEvents(None, int(QtCore.QEvent.Type.LayoutRequest))
    cards = [card for card in panel.jobs.cards.values() if card.isVisible()]
    return [card.name.text() for card in sorted(cards, key=lambda card: card.mapTo(panel, QtCore.QPoint(0, 0)).y())]


def turn_until(person: Person, condition: Callable[[], object]) -> None:
    """One turn of the event loop after the other, to meet what is between two of them."""
    for _ in range(1000):
        if condition():
            return
        person.application.processEvents()
    raise AssertionError("It does not become so.")


def test_a_hundred_jobs_appear_over_several_turns_newest_first(person: Person, opened: list[Panel]) -> None:
    panel, session = open_panel(opened, scenarios.many_jobs(100))
    names = [row.view.job_name for row in session.jobs()][:30]
    turn_until(person, lambda: getattr(panel, "jobs", None) and panel.jobs.cards)
    seen = {len(panel.jobs.cards)}
    while not panel.is_settled():
        person.application.processEvents()
        seen.add(len(panel.jobs.cards))
        assert shown(panel) == names[: len(panel.jobs.cards)]
    assert len(seen) > 5
    assert shown(panel) == names
    panel.close_session()


def test_a_job_that_changes_while_cards_are_made_shows_its_new_state(person: Person, opened: list[Panel]) -> None:
    panel, session = open_panel(opened, scenarios.many_jobs(30))
    turn_until(person, lambda: getattr(panel, "jobs", None) and len(panel.jobs.cards) >= 3)
    assert len(panel.jobs.cards) < 30
    newest, *middle, oldest = session.jobs()
    changed = [replace(row, view=replace(row.view, state="cancelled", sequence=99)) for row in (newest, oldest)]
    session.put(jobs=(job_row(400, "submitted"), changed[0], *middle, changed[1]))
    person.look(panel)
    cards = panel.jobs.cards
    assert cards[newest.view.job_id].state.text() == "Cancelled"
    assert not cards[newest.view.job_id].buttons.cancel.isEnabled()
    assert shown(panel) == [row.view.job_name for row in session.jobs()][:30]
    assert panel.jobs.older.text() == "Show older jobs (1 more)"
    panel.close_session()


def test_news_before_every_turn_do_not_keep_the_cards_from_being_made(person: Person, opened: list[Panel]) -> None:
    panel, session = open_panel(opened, scenarios.many_jobs(8))
    turn_until(person, lambda: getattr(panel, "jobs", None))
    for second in range(200):
        if len(panel.jobs.cards) == 8:
            break
        session.put(jobs=tuple(replace(row, elapsed_seconds=float(second)) for row in session.jobs()))
        person.application.processEvents()
    assert len(panel.jobs.cards) == 8
    panel.close_session()


@pytest.mark.parametrize("turns_before", range(0, 60, 6))
def test_a_panel_that_is_closed_while_it_is_filled_in_leaves_nothing_running(
    person: Person, opened: list[Panel], turns_before: int
) -> None:
    """The fake session fails whoever asks it anything after it was closed."""
    panel, session = open_panel(opened, scenarios.many_jobs(100))
    for _ in range(turns_before):
        person.application.processEvents()
    panel.close_session()
    widgets = len(panel.findChildren(QtWidgets.QWidget))
    person.turn()
    assert session.asked("close") == [()]
    assert len(panel.findChildren(QtWidgets.QWidget)) <= widgets


def test_bake_cannot_be_pressed_before_the_fields_show_the_settings(person: Person, opened: list[Panel]) -> None:
    panel, session = open_panel(opened, scenarios.filled_in())
    turn_until(person, lambda: getattr(panel, "preflight", None))
    met = 0
    while not panel.preflight.bar.bake.isEnabled():
        met += 1
        assert panel.preflight.bar.reason.text() == "The panel is still being filled in."
        person.application.processEvents()
    assert met > 0
    assert panel.baking.output_folder.line.text() == session.settings.output_folder
    assert panel.baking.padding.value() == session.settings.padding
    assert panel.network.manager.text() == session.settings.network.manager
    person.look(panel)
    panel.close_session()


def test_bake_is_never_enabled_over_fields_of_older_settings(person: Person, opened: list[Panel]) -> None:
    panel, session = open_panel(opened, scenarios.filled_in())
    person.look(panel)
    session.put(settings=replace(session.settings, padding=7), reason="The folder is full.")
    turn_until(person, lambda: panel.baking.padding.value() == 7)
    assert not panel.preflight.bar.bake.isEnabled()
    assert panel.preflight.bar.reason.text() == "The folder is full."
    person.look(panel)
    panel.close_session()


def test_a_panel_that_is_hidden_while_it_is_made_is_filled_in_when_it_is_shown(
    person: Person, opened: list[Panel]
) -> None:
    panel, session = open_panel(opened, scenarios.ten_jobs())
    panel.hide()
    person.turn()
    panel.show()
    person.look(panel)
    assert shown(panel) == [row.view.job_name for row in session.jobs()]
    assert panel.preflight.bar.reason.text() == session.reason_against_bake()
    panel.close_session()


def test_a_panel_that_3ds_max_deletes_while_it_is_filled_in_breaks_nothing(person: Person, opened: list[Panel]) -> None:
    """An error in a turn would go to Python's hook, which pytest makes a failure of."""
    panel, _ = open_panel(opened, scenarios.many_jobs(100))
    turn_until(person, lambda: getattr(panel, "jobs", None) and panel.jobs.cards)
    opened.remove(panel)
    panel.deleteLater()
    person.turn()
    assert not is_alive(panel)


def test_a_column_is_as_high_as_its_cards_and_follows_their_texts(person: Person) -> None:
    column = CardColumn()
    column.resize(200, 10)
    column.show()
    labels = [QtWidgets.QLabel("one"), QtWidgets.QLabel("two")]
    for label in labels:
        label.setWordWrap(True)
        assert column.put(0, label)
    person.turn()
    assert column.cards() == (labels[1], labels[0])
    assert not column.put(0, labels[1])
    before = column.sizeHint().height()
    labels[1].setText("a text of many words " * 20)
    person.turn()
    assert labels[1].height() == labels[1].heightForWidth(column.width())
    assert labels[0].y() > labels[1].geometry().bottom()
    assert column.sizeHint().height() == labels[0].geometry().bottom() + 1 > before
    column.drop(labels[1])
    person.turn()
    assert labels[0].y() == 0
    assert column.sizeHint().height() == labels[0].height() < before
    column.hide()
    column.deleteLater()
    person.turn()


def test_a_panel_whose_making_failed_is_made_when_something_is_told_again(
    person: Person, opened: list[Panel], monkeypatch: pytest.MonkeyPatch
) -> None:
    findings = FakeSession.findings
    failed: list[bool] = []

    def fail_once(self: FakeSession) -> Any:
        if not failed:
            failed.append(True)
            raise RuntimeError("only once")
        return findings(self)

    monkeypatch.setattr(FakeSession, "findings", fail_once)
    monkeypatch.setattr(sys, "excepthook", lambda *_: None)
    panel, session = open_panel(opened, scenarios.ten_jobs())
    person.wait(lambda: failed, "it fails")
    session.put(jobs=session.jobs())
    person.wait(panel.is_settled, "it is made anew")
    assert panel._rollouts.count() == 5, "four rollouts, each once, and the stretch"
