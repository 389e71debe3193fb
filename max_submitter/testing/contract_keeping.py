"""Contract of the scene port: saving, notes, names, callbacks, threads."""

from __future__ import annotations

import threading

from max_submitter.scene.file_names import is_same_file
from max_submitter.scene.port import SceneChange
from max_submitter.testing.scene_under_test import SceneUnderTest, expect, expect_equal, expect_scene_error

_NOTES = (
    "plain",
    "12",
    "true",
    "1.5",
    "",
    'with "quotes", = and ; signs',
    "two\nlines",
    "Straße 日本",
    '{"a": [1, "b"]}',
)


def a_new_scene_has_no_file(scene: SceneUnderTest) -> None:
    """And cannot be saved without a question."""
    expect_equal(scene.port.scene_file().path, None, "The file of a new scene")
    expect_scene_error(scene.port.save_scene, "A scene without a file was saved.")


def saving_ends_being_modified(scene: SceneUnderTest) -> None:
    """And keeps the file."""
    handle = scene.builder.add_object("A")
    path = scene.folder / "scene.max"
    scene.builder.save_as(path)
    scene.port.rename(handle, "B")
    expect(scene.port.scene_file().is_modified, "A renamed object does not make the scene modified.")
    scene.port.save_scene()
    file = scene.port.scene_file()
    expect(file.path is not None and is_same_file(file.path, path), f"The scene's file is {file.path}.")
    expect(not file.is_modified, "A saved scene counts as modified.")


def a_copy_leaves_file_and_state_alone(scene: SceneUnderTest) -> None:
    """Modified or not."""
    handle = scene.builder.add_object("A")
    scene.builder.save_as(scene.folder / "scene.max")
    for number in (1, 2):
        before = scene.port.scene_file()
        copy = scene.folder / f"copy {number}.max"
        scene.port.save_copy(copy)
        expect(copy.is_file() and copy.stat().st_size > 0, "The copy is not there.")
        expect_equal(scene.port.scene_file(), before, "The scene's file and state after saving a copy")
        scene.port.rename(handle, f"B {number}")


def a_copy_that_cannot_be_written_is_an_error(scene: SceneUnderTest) -> None:
    """3ds Max only returns false."""
    path = scene.folder / "no such folder" / "copy.max"
    expect_scene_error(lambda: scene.port.save_copy(path), "A copy into a folder that is not there was saved.")


def a_copy_is_no_change_of_the_scene(scene: SceneUnderTest) -> None:
    """Saving the scene is."""
    scene.builder.add_object("A")
    scene.builder.save_as(scene.folder / "scene.max")
    heard: list[SceneChange] = []
    end = scene.port.on_change(heard.append)
    scene.port.save_copy(scene.folder / "copy.max")
    expect_equal(heard, [], "Changes told when a copy is saved")
    scene.port.save_scene()
    end()
    expect_equal(heard, ["saved"], "Changes told when the scene is saved")


def renaming_is_one_step_of_undo(scene: SceneUnderTest) -> None:
    """And the handle stays."""
    handle = scene.builder.add_object("A")
    scene.port.rename(handle, "B")
    expect_equal(scene.facts(handle).name, "B", "The new name")
    scene.builder.undo()
    expect_equal(scene.facts(handle).name, "A", "The name after undo")


def a_note_stays_the_text_it_was(scene: SceneUnderTest) -> None:
    """Whatever it looks like."""
    expect_equal(scene.port.read_note("never written"), "", "A note that nobody wrote")
    for number, text in enumerate(_NOTES):
        scene.port.write_note(f"note {number}", text)
    for number, text in enumerate(_NOTES):
        expect_equal(scene.port.read_note(f"note {number}"), text, "A note")


def only_another_text_makes_the_scene_modified(scene: SceneUnderTest) -> None:
    """Opening the panel must not ask to save."""
    scene.port.write_note("settings", "one")
    scene.builder.save_as(scene.folder / "scene.max")
    scene.port.write_note("settings", "one")
    expect(not scene.port.scene_file().is_modified, "The same text made the scene modified.")
    scene.port.write_note("settings", "two")
    expect(scene.port.scene_file().is_modified, "Another text did not make the scene modified.")


def a_listener_hears_until_it_ends(scene: SceneUnderTest) -> None:
    """And ending twice does no harm."""
    handle = scene.builder.add_object("A")
    heard: list[SceneChange] = []
    end = scene.port.on_change(heard.append)
    scene.builder.select((handle,))
    expect("selection" in heard, f"Changes told after selecting: {heard}.")
    end()
    end()
    heard.clear()
    scene.builder.select(())
    expect_equal(heard, [], "Changes told after the end")


def a_listener_that_fails_keeps_no_other_from_hearing(scene: SceneUnderTest) -> None:
    """And nothing reaches 3ds Max."""
    heard: list[SceneChange] = []

    def fail(change: SceneChange) -> None:
        raise RuntimeError(f"a listener failed at {change}")

    ends = [scene.port.on_change(fail), scene.port.on_change(heard.append)]
    scene.builder.reset()
    for end in ends:
        end()
    expect("new" in heard, f"Changes told after a listener failed: {heard}.")


def no_other_thread_gets_an_answer(scene: SceneUnderTest) -> None:
    """3ds Max may crash."""
    outcome: list[str] = []

    def ask() -> None:
        try:
            scene.port.scene_file()
            outcome.append("answered")
        except Exception as error:  # noqa: BLE001  # any refusal will do
            outcome.append(type(error).__name__)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    expect(outcome != ["answered"], "The scene answered on another thread.")


def saying_something_opens_no_dialog(scene: SceneUnderTest) -> None:
    """And a per cent sign is a per cent sign."""
    scene.port.say("Bake is 100 % done: 3 textures.")


KEEPING = (
    a_new_scene_has_no_file,
    saving_ends_being_modified,
    a_copy_leaves_file_and_state_alone,
    a_copy_that_cannot_be_written_is_an_error,
    a_copy_is_no_change_of_the_scene,
    renaming_is_one_step_of_undo,
    a_note_stays_the_text_it_was,
    only_another_text_makes_the_scene_modified,
    a_listener_hears_until_it_ends,
    a_listener_that_fails_keeps_no_other_from_hearing,
    no_other_thread_gets_an_answer,
    saying_something_opens_no_dialog,
)
