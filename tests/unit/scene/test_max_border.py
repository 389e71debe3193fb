"""The border to 3ds Max: its thread, its errors, its callbacks, its saving, its notes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import SceneError
from max_submitter.scene.callbacks import EVENTS
from max_submitter.scene.max_scene import MaxScene
from max_submitter.scene.port import SceneChange
from max_submitter.testing.fake_runtime_artist import FakeArtistPymxs, FakeArtistRuntime


def test_pymxs_is_never_touched_off_the_main_thread(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    outcome: list[BaseException] = []

    def ask() -> None:
        try:
            scene.say("hello")
        except SceneError as error:
            outcome.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert ["main thread" in str(error) for error in outcome] == [True]
    assert rt.tape.calls == []


def test_what_3ds_max_says_is_in_the_error(
    rt: FakeArtistRuntime, scene: MaxScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise RuntimeError("-- Unknown system exception")

    monkeypatch.setattr(rt, "getSaveRequired", refuse)
    with pytest.raises(SceneError, match="Unknown system exception"):
        scene.scene_file()


def test_a_copy_keeps_flag_and_file_and_asks_nothing(rt: FakeArtistRuntime, scene: MaxScene, tmp_path: Path) -> None:
    scene.save_copy(tmp_path / "copy.max")
    (call,) = rt.tape.named("saveMaxFile")
    assert call.args == (str(tmp_path / "copy.max"),)
    assert call.kwargs == {"clearNeedSaveFlag": False, "useNewFile": False, "quiet": True}


def test_a_copy_that_is_only_reported_is_an_error(rt: FakeArtistRuntime, scene: MaxScene, tmp_path: Path) -> None:
    rt.saves_without_a_file = True
    with pytest.raises(SceneError, match="could not save the scene"):
        scene.save_copy(tmp_path / "copy.max")


def test_callbacks_of_a_former_run_are_removed(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    forgotten: list[str] = []
    rt.callbacks.addScript(
        rt.Name("filePostOpen"), lambda: forgotten.append("called"), id=rt.Name(scene._callbacks.identity)
    )
    scene.on_change(lambda _: None)
    rt.callbacks.send("filePostOpen")
    assert forgotten == []
    assert len(rt.callbacks.scripts) == len(EVENTS)


def test_a_script_that_listened_leaves_an_open_panel_hearing(rt: FakeArtistRuntime) -> None:
    pymxs, heard = FakeArtistPymxs(rt), list[SceneChange]()
    panel, script = MaxScene(pymxs), MaxScene(pymxs)
    end_panel = panel.on_change(heard.append)
    end_script = script.on_change(lambda _: None)
    rt.callbacks.send("filePostOpen")
    end_script()
    rt.callbacks.send("filePostOpen")
    assert heard == ["opened", "opened"]
    assert len(rt.callbacks.scripts) == len(EVENTS)
    end_panel()
    assert rt.callbacks.scripts == []


def test_a_copy_that_a_script_saves_is_no_change_for_the_panel(rt: FakeArtistRuntime, tmp_path: Path) -> None:
    pymxs, heard = FakeArtistPymxs(rt), list[SceneChange]()
    MaxScene(pymxs).on_change(heard.append)
    MaxScene(pymxs).save_copy(tmp_path / "copy.max")
    assert heard == []


def test_every_event_becomes_a_change(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    heard: list[SceneChange] = []
    end = scene.on_change(heard.append)
    for event, _ in EVENTS:
        rt.callbacks.send(event)
    assert heard == ["opened", "new", "new", "saved", "selection"]
    end()
    assert rt.callbacks.scripts == []


def test_a_failing_listener_is_written_to_the_listener_of_3ds_max(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    def fail(_: SceneChange) -> None:
        raise ZeroDivisionError("100 % wrong")

    scene.on_change(fail)
    rt.callbacks.send("filePostOpen")
    assert ["ZeroDivisionError: 100 % wrong" in text for text in rt.listener] == [True]


def test_a_note_is_one_line_that_looks_like_nothing_else(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    scene.write_note("settings", "12\n13")
    stored = rt.getUserProp(rt.rootNode, "Flatiron_settings")
    assert stored.startswith("flatiron-note-")
    assert set(stored) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("foreign", ["text of another tool", 12, "flatiron-note-%%%", "flatiron-note-_w"])
def test_a_property_that_is_no_note_reads_as_none(rt: FakeArtistRuntime, scene: MaxScene, foreign: object) -> None:
    rt.setUserProp(rt.rootNode, "Flatiron_settings", foreign)
    assert scene.read_note("settings") == ""


def test_what_is_said_stands_in_prompt_and_listener(rt: FakeArtistRuntime, scene: MaxScene) -> None:
    scene.say("50 % done")
    assert (rt.prompts, rt.listener) == (["50 % done"], ["50 % done\n"])


def test_the_fake_of_pymxs_refuses_another_thread_itself(rt: FakeArtistRuntime) -> None:
    pymxs = FakeArtistPymxs(rt)
    outcome: list[str] = []

    def ask() -> None:
        try:
            outcome.append(str(pymxs.runtime))
        except RuntimeError as error:
            outcome.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert outcome == ["pymxs was called off the main thread"]
