"""Make the pictures of the panel: `python docs/pictures/panel_pictures.py`.

Shows the panel on a `FakeSession` with a palette like 3ds Max's dark one and a light one, and at 150 % scaling, which
Qt takes from the environment when it starts: every theme and scale is a process of its own. Needs PySide6 and no
display.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from max_submitter.panel.panel import Panel  # noqa: E402
from max_submitter.panel.qt import QtCore, QtGui, QtWidgets  # noqa: E402
from max_submitter.panel.rollout import Rollout  # noqa: E402
from max_submitter.testing import fake_session_scenarios as scenarios  # noqa: E402
from max_submitter.testing.fake_session import FakeSession  # noqa: E402
from max_submitter.testing.fake_session_state import FakeSessionState  # noqa: E402

_WIDTH = 400
_TALL = 6000
_MARGIN = 9
_SETTLE_TURNS = 40
_Role = QtGui.QPalette.ColorRole
_DARK = {
    _Role.Window: "#444444",
    _Role.WindowText: "#e6e6e6",
    _Role.Base: "#383838",
    _Role.AlternateBase: "#3d3d3d",
    _Role.Text: "#e6e6e6",
    _Role.Button: "#4f4f4f",
    _Role.ButtonText: "#e6e6e6",
    _Role.BrightText: "#ffffff",
    _Role.Highlight: "#5285a6",
    _Role.HighlightedText: "#ffffff",
    _Role.ToolTipBase: "#2f2f2f",
    _Role.ToolTipText: "#e6e6e6",
    _Role.PlaceholderText: "#9a9a9a",
    _Role.Light: "#6a6a6a",
    _Role.Mid: "#7a7a7a",
    _Role.Dark: "#2a2a2a",
}
_LIGHT = {
    _Role.Window: "#f0f0f0",
    _Role.WindowText: "#1a1a1a",
    _Role.Base: "#ffffff",
    _Role.AlternateBase: "#f6f6f6",
    _Role.Text: "#1a1a1a",
    _Role.Button: "#e6e6e6",
    _Role.ButtonText: "#1a1a1a",
    _Role.BrightText: "#000000",
    _Role.Highlight: "#2b6a99",
    _Role.HighlightedText: "#ffffff",
    _Role.ToolTipBase: "#ffffff",
    _Role.ToolTipText: "#1a1a1a",
    _Role.PlaceholderText: "#6e6e6e",
    _Role.Light: "#ffffff",
    _Role.Mid: "#9a9a9a",
    _Role.Dark: "#8c8c8c",
}
_THEMES = {"dark": _DARK, "light": _LIGHT}


def main(arguments: list[str]) -> None:
    """Take all pictures, or those of one theme and scale in this process."""
    if len(arguments) == 2:
        _take(arguments[0], scale=arguments[1])
        return
    for theme, scale in (("dark", "1"), ("light", "1"), ("dark", "1.5")):
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
        subprocess.run([sys.executable, __file__, theme, scale], env=environment, check=True)


def _take(theme: str, *, scale: str) -> None:
    application = QtWidgets.QApplication([])
    application.setStyle("Fusion")
    application.setPalette(_palette(_THEMES[theme]))
    suffix = theme if scale == "1" else f"{theme}-150"
    with tempfile.TemporaryDirectory() as folder:
        thumbnail = _paint_thumbnail(Path(folder) / "thumbnail.png")
        for name, state, prepare in _scenes(thumbnail):
            _take_one(application, state, prepare, HERE / f"panel-{name}-{suffix}.png")


def _scenes(thumbnail: Path) -> list[tuple[str, FakeSessionState, Callable[[Panel], None]]]:
    return [
        ("baking", scenarios.filled_in(), lambda panel: _only(panel, panel.baking)),
        ("network", scenarios.filled_in(), lambda panel: _only(panel, panel.network)),
        ("network-trouble", scenarios.with_findings(), lambda panel: _only(panel, panel.network)),
        ("preflight", scenarios.with_findings(), lambda panel: _only(panel, panel.preflight)),
        ("pressed", scenarios.baking(), lambda panel: _only(panel, panel.preflight)),
        ("running", scenarios.running(thumbnail), lambda panel: _only(panel, panel.preflight, panel.jobs)),
        ("failed", scenarios.failed(thumbnail), lambda panel: _only(panel, panel.preflight, panel.jobs)),
        ("finished", scenarios.finished(thumbnail), _with_details),
        ("ten-jobs", scenarios.ten_jobs(thumbnail), lambda panel: _only(panel, panel.jobs)),
        ("empty", scenarios.empty(), lambda panel: None),
    ]


def _only(panel: Panel, *wanted: Rollout) -> None:
    for rollout in (panel.baking, panel.network, panel.preflight, panel.jobs):
        rollout.set_open(rollout in wanted)
    panel.baking.elements.table.selectRow(0)


def _with_details(panel: Panel) -> None:
    _only(panel, panel.jobs)
    for card in panel.jobs.cards.values():
        card.buttons.more_details.setChecked(True)


def _take_one(
    application: QtWidgets.QApplication, state: FakeSessionState, prepare: Callable[[Panel], None], target: Path
) -> None:
    panel = Panel(FakeSession(state))
    panel.resize(_WIDTH, 300)
    panel.show()
    while not panel.is_settled():  # it is filled in over turns of the event loop
        _settle(application)
    prepare(panel)
    _settle(application)
    panel.resize(_WIDTH, _TALL)  # without a scroll bar, so that texts wrap as in the picture
    _settle(application)
    panel.resize(_WIDTH, panel.jobs.geometry().bottom() + _MARGIN)
    _settle(application)
    panel.grab().save(str(target))
    panel.close_session()
    panel.hide()
    panel.deleteLater()
    _settle(application)


def _settle(application: QtWidgets.QApplication) -> None:
    """Let the event loop turn until nothing more is asked for; threads may deliver a picture meanwhile."""
    for _ in range(_SETTLE_TURNS):
        application.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 5)
        QtCore.QThread.msleep(2)


def _palette(colours: dict[QtGui.QPalette.ColorRole, str]) -> QtGui.QPalette:
    palette = QtGui.QPalette()
    for role, colour in colours.items():
        palette.setColor(role, QtGui.QColor(colour))
    for role in (_Role.WindowText, _Role.Text, _Role.ButtonText):
        palette.setColor(QtGui.QPalette.ColorGroup.Disabled, role, QtGui.QColor(colours[_Role.PlaceholderText]))
    return palette


def _paint_thumbnail(path: Path) -> Path:
    """A texture of which some charts are merged."""
    image = QtGui.QImage(256, 256, QtGui.QImage.Format.Format_RGB32)
    image.fill(QtGui.QColor("#202020"))
    painter = QtGui.QPainter(image)
    charts = ((8, 8, 120, 90), (136, 8, 112, 140), (8, 106, 120, 60), (8, 174, 76, 74), (92, 174, 36, 74))
    for number, (x, y, width, height) in enumerate(charts):
        shade = QtGui.QLinearGradient(x, y, x + width, y + height)
        shade.setColorAt(0, QtGui.QColor.fromHsv(25 + number * 9, 120, 230))
        shade.setColorAt(1, QtGui.QColor.fromHsv(15 + number * 9, 150, 110))
        painter.fillRect(x, y, width, height, QtGui.QBrush(shade))
    painter.end()
    image.save(str(path))
    return path


if __name__ == "__main__":
    main(sys.argv[1:])
