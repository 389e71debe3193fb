"""What the macro calls: one panel however often it is asked for, and an error in a box instead of in 3ds Max."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flatiron_tasks.contracts.errors import SettingsError
from max_submitter import start
from max_submitter.panel import dock
from max_submitter.panel.qt import QtWidgets, is_alive
from max_submitter.session.artist_session import ArtistSession
from max_submitter.start_log import MOST_BYTES, start_log
from max_submitter.testing.fake_runtime_artist import FakeArtistPymxs, FakeArtistRuntime
from tests.panel.person import Person


class MaxWithABox(FakeArtistRuntime):
    """A 3ds Max with a window and message boxes. `boxes` holds what they said."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes: list[tuple[str, str]] = []
        self.window_handle = 0
        self.windows = SimpleNamespace(getMAXHWND=lambda: self.window_handle)

    def messageBox(self, text: str, *, title: str) -> None:  # noqa: N802
        self.boxes.append((title, text))


@pytest.fixture
def runtime() -> MaxWithABox:
    return MaxWithABox()


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    yield {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "data")}
    logger = logging.getLogger("max_submitter")
    for handler in tuple(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


@pytest.fixture
def window(person: Person, runtime: MaxWithABox) -> Iterator[QtWidgets.QMainWindow]:
    main = QtWidgets.QMainWindow()
    main.show()
    runtime.window_handle = int(main.winId())
    yield main
    dock.destroy_panel()
    main.hide()
    main.deleteLater()
    person.turn()


def docks(window: QtWidgets.QMainWindow) -> list[Any]:
    return window.findChildren(QtWidgets.QDockWidget, dock.DOCK_NAME)


def test_the_macro_shows_one_panel_of_the_open_scene_however_often_it_runs(
    window: QtWidgets.QMainWindow, person: Person, runtime: MaxWithABox, environment: dict[str, str]
) -> None:
    pymxs = FakeArtistPymxs(runtime)
    assert start.open_panel(pymxs, environment)
    (first,) = docks(window)
    first.close()
    assert start.open_panel(pymxs, environment)
    person.turn()
    assert docks(window) == [first]
    assert first.isVisible()
    assert isinstance(first.panel._session, ArtistSession)
    assert runtime.boxes == []


def test_the_session_works_on_qts_main_thread_and_timers(
    window: QtWidgets.QMainWindow, person: Person, runtime: MaxWithABox, environment: dict[str, str]
) -> None:
    """Preflight runs in threads and comes back by `post`; settings are kept by `after`."""
    start.open_panel(FakeArtistPymxs(runtime), environment)
    session = docks(window)[0].panel._session
    person.wait(lambda: not session.is_checking(), "the scene is checked")
    assert session.reason_against_bake() != ""


def test_the_panel_ends_with_3ds_max(
    window: QtWidgets.QMainWindow, person: Person, runtime: MaxWithABox, environment: dict[str, str]
) -> None:
    pymxs = FakeArtistPymxs(runtime)
    start.open_panel(pymxs, environment)
    start.open_panel(pymxs, environment)
    (shown,) = docks(window)
    runtime.callbacks.send("preSystemShutdown")
    person.turn()
    assert not is_alive(shown)
    assert [str(event) for event, _, _ in runtime.callbacks.scripts] == ["preSystemShutdown"]


def test_an_error_is_a_box_that_names_the_log_and_the_log_has_the_rest(
    person: Person, runtime: MaxWithABox, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_window(_: object = None) -> None:
        raise SettingsError("The main window is away.", advice="Open it.")

    monkeypatch.setattr(dock, "main_window", no_window)
    assert not start.open_panel(FakeArtistPymxs(runtime), environment)
    ((title, text),) = runtime.boxes
    log = Path(environment["XDG_DATA_HOME"], "flatiron", "log", "panel.log")
    assert title == "Flatiron Network Rendering"
    assert text.startswith("The main window is away.")
    assert str(log) in text
    assert "Traceback" in log.read_text("utf-8")


def test_an_error_that_nobody_foresaw_is_a_box_too(
    person: Person, runtime: MaxWithABox, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: object = None) -> None:
        raise ZeroDivisionError("surprise")

    monkeypatch.setattr(dock, "main_window", breaks)
    assert not start.open_panel(FakeArtistPymxs(runtime), environment)
    assert "ZeroDivisionError: surprise" in runtime.boxes[0][1]


def test_without_a_person_there_is_neither_panel_nor_box(runtime: MaxWithABox, environment: dict[str, str]) -> None:
    runtime.is_batch = True
    with pytest.raises(SettingsError, match=r"scripting\.bake"):
        start.open_panel(FakeArtistPymxs(runtime), environment)
    assert runtime.boxes == []
    assert not Path(environment["XDG_DATA_HOME"]).exists()


def test_outside_3ds_max_the_error_says_so(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="no 3ds Max"):
        start.open_panel(environment=environment)


def test_a_log_that_cannot_be_written_keeps_nothing_shut(tmp_path: Path, environment: dict[str, str]) -> None:
    Path(environment["XDG_DATA_HOME"]).write_text("in the way", "utf-8")
    assert start_log(environment).name == "panel.log"
    assert logging.getLogger("max_submitter").handlers == []


def test_a_long_log_is_put_aside(environment: dict[str, str]) -> None:
    path = Path(environment["XDG_DATA_HOME"], "flatiron", "log", "panel.log")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * (MOST_BYTES + 1))
    start_log(environment)
    assert not path.exists()
    assert path.with_suffix(".old.log").stat().st_size == MOST_BYTES + 1
