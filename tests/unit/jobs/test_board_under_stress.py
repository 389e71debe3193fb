"""The artist's list when things go wrong or slowly: one job never spoils another, nothing is fetched for nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import SceneError
from flatiron_tasks.contracts.job_view import JobView
from max_submitter.jobs import finishing, known_rows, rows
from max_submitter.jobs.watcher import News
from max_submitter.scene.facts import Assignment
from max_submitter.session.port import JobRow
from tests.unit.jobs.examples import JOB, entry, texture, view
from tests.unit.jobs.test_board import Machine

OTHER = "20260131-142502-00000000"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def collectable(**changes: object) -> JobView:
    textures = (texture("wall.png", "collectable", "/out/wall.png"),)
    return view(sequence=5, state="ready_to_collect", textures=textures, **changes)


def asked(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts by first word what the helpers are asked for."""
    machine.settle()
    words: Counter[str] = Counter()
    do = machine.do

    def count(what: str, action: Callable[[], None], *, replaces: bool = False) -> None:
        words[what.split(maxsplit=1)[0]] += 1
        do(what, action, replaces=replaces)

    monkeypatch.setattr(machine, "do", count)
    return words


def test_a_scene_that_refuses_one_job_keeps_all_others_in_the_list(machine: Machine) -> None:
    machine.submit()
    machine.scene.fail("release", SceneError("3ds Max does not let go of wall.png."))
    delivering = view(sequence=3, state="delivering", textures=(texture("wall.png", "waiting", "/out/wall.png"),))
    machine.hear(delivering, view(job_id=OTHER), everything=True)
    listed = {row.view.job_id: row for row in machine.board.rows()}
    assert listed.keys() == {JOB, OTHER}
    assert listed[JOB].notes == ("3ds Max does not let go of wall.png.",)


def test_a_scene_that_does_not_tell_its_file_is_told_and_touched_by_nobody(machine: Machine) -> None:
    machine.submit()
    machine.scene.fail("scene_file", SceneError("3ds Max does not tell the scene's file."))
    machine.board.scene_changed("opened")
    machine.settle()
    assert "does not tell" in machine.board.trouble()
    machine.board.scene_changed("opened")
    machine.hear(machine.deliver())
    assert machine.board.trouble() == ""
    assert machine.reloads() == 1


def test_a_row_that_cannot_be_made_keeps_the_others_and_is_told(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make = rows.job_row

    def break_one(item: JobView, *rest: object, **named: object) -> JobRow:
        if item.job_id == JOB:
            raise ValueError("month must be in 1..12")
        return make(item, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(known_rows, "job_row", break_one)
    machine.hear(view(), view(job_id=OTHER), everything=True)
    assert [row.view.job_id for row in machine.board.rows()] == [OTHER]
    assert "cannot be shown" in machine.board.trouble()
    assert JOB in caplog.text


def test_finished_textures_of_this_machine_are_collected_without_a_ledger_entry(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected: list[tuple[str, Path]] = []

    def collect(item: JobView, folder: Path, *_: object) -> tuple[str, ...]:
        collected.append((item.job_id, folder))
        return ()

    monkeypatch.setattr(finishing, "collect_finished", collect)
    machine.hear(collectable(output_folder=str(machine.out)), everything=True)
    assert collected == [(JOB, machine.out)]


def test_finished_textures_of_another_machine_are_left_to_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    words = asked(machine, monkeypatch)
    machine.hear(collectable(host="ws-8"), collectable(job_id=OTHER, artist="bob"), everything=True)
    assert words["Collecting"] == 0


def test_reading_the_same_list_again_fetches_nothing_again(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.settle()
    words = asked(machine, monkeypatch)
    done = view(textures=(texture("wall.png", "waiting", "/out/wall.png", preview="/share/preview.png"),))
    for _ in range(3):
        machine.hear(done, everything=True)
    assert words == {"Fetching": 1}
    machine.hear(replace(done, sequence=2), everything=True)
    assert words == {"Fetching": 2}


def test_what_could_not_be_collected_is_tried_again_with_the_next_whole_list(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = asked(machine, monkeypatch)
    for _ in range(2):
        machine.hear(collectable(), everything=True)
    assert words["Collecting"] == 2


def test_files_are_let_go_once_per_job_and_state(machine: Machine) -> None:
    machine.submit()
    for sequence in (3, 4, 5):
        machine.hear(view(sequence=sequence, state="merging"))
    assert len(machine.scene.called("release")) == 1
    machine.hear(view(sequence=6, state="delivering"))
    assert len(machine.scene.called("release")) == 2


def test_one_texture_is_shown_per_turn(machine: Machine) -> None:
    scene = machine.scene.scene_file().path
    assert scene is not None
    names = ("a.png", "b.png", "c.png")
    for name in names:
        (machine.out / name).write_bytes(b"finished")
    machine.board.note_submitted(entry(machine.out, scene, *names))
    machine.settle()
    textures = tuple(texture(name, "delivered", machine.out / name) for name in names)
    machine.board.take(News({JOB: view(sequence=5, state="done", textures=textures)}, is_everything=False))
    most = 0
    while machine.posted:
        before = machine.reloads()
        machine.posted.popleft()()
        most = max(most, machine.reloads() - before)
    assert (machine.reloads(), most) == (3, 1)


def test_textures_that_the_scene_does_not_show_are_not_said_to_be_in_it(machine: Machine) -> None:
    scene = machine.scene.scene_file().path
    assert scene is not None
    machine.board.note_submitted(entry(machine.out, scene, "wall.png"))
    machine.hear(machine.deliver())
    assert machine.board.rows()[0].notes == ("All textures are on the disk; the scene shows none of them.",)


def test_an_undone_step_is_told_as_textures_that_nothing_shows(machine: Machine) -> None:
    machine.submit()
    assert machine.scene.undo() == "Network bake"
    machine.hear(machine.deliver())
    assert "All textures are in the scene." not in machine.board.rows()[0].notes


def test_how_many_textures_the_scene_shows_is_counted(machine: Machine) -> None:
    scene = machine.scene.scene_file().path
    assert scene is not None
    shown, hidden = machine.out / "wall.png", machine.out / "hidden.png"
    for path in (shown, hidden):
        path.write_bytes(b"placeholder")
    item = machine.scene.groups()[0].objects[0]
    machine.scene.assign([Assignment(item.handle, item.slots[0], shown, 1, shell=False)], "Network bake")
    machine.board.note_submitted(entry(machine.out, scene, "wall.png", "hidden.png"))
    textures = tuple(texture(path.name, "delivered", path) for path in (shown, hidden))
    machine.hear(view(sequence=5, state="done", textures=textures))
    assert machine.board.rows()[0].notes == ("All textures are on the disk; the scene shows 1 of 2.",)


def test_jobs_that_only_a_newer_version_shows_are_told(machine: Machine) -> None:
    sentence = "1 job is shown by a newer version only: update Flatiron on this machine."
    machine.board.take(News({JOB: view()}, is_everything=True, left_out=sentence))
    assert machine.board.trouble() == sentence
    machine.hear(view(sequence=2))
    assert machine.board.trouble() == sentence
    machine.hear(view(sequence=2), everything=True)
    assert machine.board.trouble() == ""
