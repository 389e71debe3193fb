from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest

from max_submitter.panel.panel import Panel
from max_submitter.panel.qt import QtCore, QtGui, QtWidgets
from max_submitter.testing import fake_session_scenarios as scenarios
from tests.panel.person import Person

_CONTROLS = (
    QtWidgets.QAbstractButton,
    QtWidgets.QLineEdit,
    QtWidgets.QAbstractSpinBox,
    QtWidgets.QComboBox,
    QtWidgets.QAbstractItemView,
    QtWidgets.QProgressBar,
    QtWidgets.QPlainTextEdit,
)


def own_controls(panel: QtWidgets.QWidget) -> list[QtWidgets.QWidget]:
    """Controls that a person meets; not the parts that Qt builds its controls from."""
    everything = [child for child in panel.findChildren(QtWidgets.QWidget) if isinstance(child, _CONTROLS)]
    return [child for child in everything if not is_part(child)]


def is_part(widget: QtWidgets.QWidget) -> bool:
    parent = widget.parentWidget()
    inside = (QtWidgets.QAbstractSpinBox, QtWidgets.QAbstractItemView, QtWidgets.QComboBox, QtWidgets.QDialogButtonBox)
    while parent is not None:
        if isinstance(parent, inside):
            return True
        parent = parent.parentWidget()
    return isinstance(widget, QtWidgets.QHeaderView)


def test_every_control_has_a_name_for_screen_readers(person: Person) -> None:
    panel, _ = person.sit_down(scenarios.ten_jobs())
    panel.baking.elements.table.selectRow(0)
    next(iter(panel.jobs.cards.values())).buttons.more_details.click()
    dialog = panel.network.open_studio_settings()
    person.turn()
    nameless = [child for child in own_controls(panel) if not spoken(child)]
    dialog.reject()
    assert nameless == []


def spoken(widget: QtWidgets.QWidget) -> str:
    return widget.accessibleName() or (widget.text() if isinstance(widget, QtWidgets.QAbstractButton) else "")


def test_no_two_mnemonics_of_the_panel_are_the_same(person: Person) -> None:
    panel, _ = person.sit_down(scenarios.filled_in())
    buttons = panel.findChildren(QtWidgets.QAbstractButton)
    keys = Counter(button.shortcut().toString() for button in buttons if not button.shortcut().isEmpty())
    assert len(keys) >= 10
    assert {key: many for key, many in keys.items() if many > 1} == {}


def test_the_tab_key_goes_through_the_panel_from_top_to_bottom(person: Person) -> None:
    panel, _ = person.sit_down(scenarios.with_findings())
    panel.baking.title.setFocus()
    order: list[QtWidgets.QWidget] = []
    while (at := panel.focusWidget()) is not None and at not in order:
        order.append(at)
        person.press(at, QtCore.Qt.Key.Key_Tab)
    wanted = (
        panel.baking.uv_channel,
        panel.baking.elements.table,
        panel.baking.mode,
        panel.baking.output_folder.line,
        panel.network.title,
        panel.network.manager,
        panel.network.test,
        panel.preflight.rows.rows[1].fix,
        panel.jobs.shown,
    )
    places = [order.index(widget) for widget in wanted]
    assert places == sorted(places)
    heights = [widget.mapTo(panel, QtCore.QPoint(0, 0)).y() for widget in wanted]
    assert heights == sorted(heights)


def test_a_rollout_closes_and_opens_with_the_keyboard(person: Person) -> None:
    panel, _ = person.sit_down(scenarios.empty())
    rollout = panel.network
    rollout.title.setFocus()
    person.press(rollout.title, QtCore.Qt.Key.Key_Space)
    assert not rollout.is_open()
    assert not rollout.manager.isVisible()
    assert rollout.title.accessibleDescription() == "closed"
    person.press(rollout.title, QtCore.Qt.Key.Key_Space)
    assert rollout.manager.isVisible()


def test_max_keeps_its_accelerators_away(person: Person) -> None:
    panel, _ = person.sit_down(scenarios.empty())
    assert panel.property("NoMaxAccelerators") is True
    dialog = panel.network.open_studio_settings()
    assert dialog.property("NoMaxAccelerators") is True
    dialog.reject()


def test_a_hidden_panel_shows_nothing_and_catches_up_when_shown(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    panel.hide()
    session.put(jobs=scenarios.ten_jobs().jobs)
    person.turn()
    assert panel.jobs.cards == {}
    panel.show()
    person.look(panel)
    assert len(panel.jobs.cards) == 10


def test_what_was_typed_last_goes_out_when_the_panel_is_hidden_or_closed(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    person.write(panel.baking.padding, "5")
    panel.hide()
    assert session.settings.padding == 5
    panel.show()
    person.write(panel.baking.padding, "6")
    panel.close_session()
    assert [call[0] for call in session.calls] == ["change", "change", "close"]
    assert session.state.settings.padding == 6


def test_news_after_the_end_of_the_session_reach_nobody(person: Person) -> None:
    panel, session = person.sit_down(scenarios.filled_in())
    panel.close_session()
    session.put(jobs=scenarios.ten_jobs().jobs)
    person.turn()
    assert panel.jobs.cards == {}


@pytest.mark.parametrize("window", ["#444444", "#f0f0f0"])
def test_texts_and_signs_follow_the_palette(person: Person, window: str) -> None:
    before = person.application.palette()
    palette = QtGui.QPalette(QtGui.QColor("#505050" if window < "#8" else "#e0e0e0"), QtGui.QColor(window))
    person.application.setPalette(palette)
    try:
        panel, _ = person.sit_down(scenarios.with_findings())
        for widget in (panel.preflight.rows.rows[0].sign, panel.preflight.summary):
            image = widget.grab().toImage()
            shades = {image.pixelColor(x, y).lightness() for x in range(image.width()) for y in range(image.height())}
            assert max(shades) - min(shades) > 120
    finally:
        person.application.setPalette(before)


@pytest.mark.parametrize("scenario", ["filled_in", "with_findings", "failed", "ten_jobs"])
@pytest.mark.parametrize("percent", [100, 150])
def test_no_text_is_cut_when_the_font_grows(person: Person, scenario: str, percent: int) -> None:
    before = person.application.font()
    font = QtGui.QFont(before)
    font.setPointSizeF(before.pointSizeF() * percent / 100)
    person.application.setFont(font)
    try:
        panel, _ = person.sit_down(getattr(scenarios, scenario)())
        panel.baking.elements.table.selectRow(0)
        panel.resize(420 * percent // 100, 1200)
        person.turn()
        cut = [child for child in panel.findChildren(QtWidgets.QWidget) if child.isVisible() and is_cut(child)]
        assert panel.scroll_area.horizontalScrollBar().maximum() == 0
    finally:
        person.application.setFont(before)
    assert cut == []


def is_cut(widget: QtWidgets.QWidget) -> bool:
    """Whether a label or button has less room than its text."""
    if isinstance(widget, QtWidgets.QLabel) and widget.wordWrap():
        return widget.height() < widget.heightForWidth(widget.width())
    if isinstance(widget, QtWidgets.QLabel | QtWidgets.QAbstractButton) and not is_part(widget):
        hint = widget.sizeHint()
        return widget.height() < hint.height() or widget.width() < hint.width()
    return False


def test_a_hundred_jobs_are_all_within_reach(person: Person) -> None:
    panel, session = person.sit_down(scenarios.many_jobs(100))
    for shown in (30, 60, 90, 100):
        assert len(panel.jobs.cards) == shown
        assert panel.jobs.older.isVisible() == (shown < 100)
        panel.jobs.older.click()
        person.look(panel)
    assert [row.view.job_id for row in session.jobs()] == list(panel.jobs.cards)


def test_a_hundred_jobs_are_updated_without_making_a_widget(person: Person) -> None:
    panel, session = person.sit_down(scenarios.many_jobs(100))
    widgets = len(panel.findChildren(QtWidgets.QWidget))
    kept = dict(panel.jobs.cards)
    session.put(jobs=tuple(replace(row, elapsed_seconds=row.elapsed_seconds + 1) for row in session.jobs()))
    person.look(panel)
    assert len(panel.findChildren(QtWidgets.QWidget)) == widgets
    assert panel.jobs.cards == kept
    assert all(card.times.text().startswith("Elapsed") for card in panel.jobs.cards.values())


def test_the_panel_imports_no_scene_and_no_3ds_max() -> None:
    code = (
        "import sys; import max_submitter.panel.qt; qt_alone = set(sys.modules); "  # 6.5 loads numpy where it is
        "import max_submitter.panel.dock; "
        "bad = {'pymxs', 'qtmax', 'celery', 'redis', 'numpy', 'OpenImageIO', 'max_submitter.scene.runtime',"
        " 'max_submitter.scene.port', 'max_submitter.transport'} & (set(sys.modules) - qt_alone); assert not bad, bad"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=60)


def test_a_panel_is_as_wide_as_a_command_panel(person: Person) -> None:
    panel, _ = person.sit_down(scenarios.ten_jobs())
    assert isinstance(panel, Panel)
    panel.resize(360, 900)
    person.turn()
    assert panel.scroll_area.horizontalScrollBar().maximum() == 0
