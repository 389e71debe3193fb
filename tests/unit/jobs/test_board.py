"""The artist's list, and the scene: what is finished is shown once, in the right scene, whatever happened meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import SceneError
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.contracts.job_view import JobView
from flatiron_tasks.share.path_mapping import PathMapping
from max_submitter.jobs.board import JobBoard
from max_submitter.jobs.finishing import Home
from max_submitter.jobs.hands import Helpers
from max_submitter.jobs.ledger import Ledger, LedgerEntry
from max_submitter.jobs.watcher import News
from max_submitter.scene.facts import Assignment
from max_submitter.testing import fake_worlds
from max_submitter.testing.fake_scene import FakeScene
from tests.unit.jobs.examples import BEGIN, JOB, entry, texture, view

TEXTURE = b"\x89PNG the finished texture"


class Machine:
    """One artist's machine: a scene, a board, and everything that is posted done when `settle` says so."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.out.mkdir(exist_ok=True)
        (folder / "elsewhere").mkdir()
        self.scene = FakeScene.castle(folder)
        self.posted: deque[Callable[[], None]] = deque()
        self.acknowledged: list[tuple[int, Path]] = []
        self.changes = 0
        self.board = self.make_board()

    def make_board(self) -> JobBoard:
        board = JobBoard(
            Home("ada", "ws-7", PathMapping(), self.folder / "thumbnails"),
            self.scene,
            Ledger(self.folder / "jobs"),
            Helpers(self, self, self),
            lambda _: lambda index, path: self.acknowledged.append((index, path)),
            post=self.posted.append,
            after=lambda _, action: self.posted.append(action),
            changed=self.count,
            now=lambda: datetime(2026, 1, 31, 15, tzinfo=UTC),
        )
        self.scene.on_change(board.scene_changed)
        return board

    def count(self) -> None:
        self.changes += 1

    def do(self, what: str, action: Callable[[], None], *, replaces: bool = False) -> None:
        assert what
        self.posted.append(action)

    def settle(self) -> None:
        while self.posted:
            self.posted.popleft()()

    def submit(self) -> LedgerEntry:
        """A placeholder is in place and shown; the ledger knows it."""
        path = self.out / "wall.png"
        path.write_bytes(b"placeholder")
        scene = self.scene.scene_file().path
        assert scene is not None
        item = self.scene.groups()[0].objects[0]
        assert self.scene.assign([Assignment(item.handle, item.slots[0], path, 1, shell=False)], "Network bake") == ()
        made = entry(self.out, scene, "wall.png")
        self.board.note_submitted(made)
        self.settle()
        return made

    def hear(self, *views: JobView, everything: bool = False) -> None:
        self.board.take(News({item.job_id: item for item in views}, is_everything=everything))
        self.settle()

    def deliver(self, name: str = "wall.png", state: str = "delivered") -> JobView:
        path = self.out / name
        path.write_bytes(TEXTURE)
        return view(sequence=5, state="done", textures=(texture("wall.png", state, path),))

    def reloads(self) -> int:
        return len(self.scene.called("reload"))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_submitted_job_is_in_the_list_before_any_worker_speaks(machine: Machine) -> None:
    machine.submit()
    (row,) = machine.board.rows()
    assert (row.view.job_id, row.view.state) == (JOB, "submitted")


def test_a_delivered_texture_is_reloaded_once(machine: Machine) -> None:
    machine.submit()
    done = machine.deliver()
    machine.hear(done)
    machine.hear(replace(done, sequence=6))
    assert machine.reloads() == 1
    assert "All textures are in the scene." in machine.board.rows()[0].notes


def test_a_texture_that_was_made_again_is_reloaded_again(machine: Machine) -> None:
    machine.submit()
    machine.hear(machine.deliver())
    machine.hear(view(sequence=6, textures=(texture("wall.png", "waiting", machine.out / "wall.png"),)))
    (machine.out / "wall.png").write_bytes(b"another texture")
    machine.hear(view(sequence=7, textures=(texture("wall.png", "delivered", machine.out / "wall.png"),)))
    assert machine.reloads() == 2


def test_what_ended_while_the_panel_was_closed_is_applied_at_the_next_start(machine: Machine) -> None:
    machine.submit()
    done = machine.deliver()
    machine.board = machine.make_board()
    machine.hear(done, everything=True)
    assert machine.reloads() == 1


def test_another_scene_is_not_touched_and_the_right_one_is_mended_when_it_opens(machine: Machine) -> None:
    machine.submit()
    world = machine.scene.world
    machine.scene.open(fake_worlds.castle(machine.folder / "elsewhere"))
    machine.settle()
    before = len(machine.scene.calls)
    machine.hear(machine.deliver())
    assert {call.name for call in list(machine.scene.calls)[before:]} <= {"scene_file"}
    machine.scene.open(world)
    machine.settle()
    assert machine.reloads() == 1


def test_a_scene_that_was_opened_while_files_were_looked_at_is_not_touched(machine: Machine) -> None:
    machine.submit()
    machine.board.take(News({JOB: machine.deliver()}, is_everything=False))
    machine.scene.world = fake_worlds.castle(machine.folder / "elsewhere")  # before what was posted is done
    machine.settle()
    assert machine.reloads() == 0


def test_a_result_beside_its_name_is_linked_in_its_place(machine: Machine) -> None:
    machine.submit()
    name = f"wall.flatiron-{JOB}.png"
    machine.hear(machine.deliver(name, "beside"))
    assert machine.scene.bitmaps_showing(machine.out / name) == 1
    assert machine.scene.bitmaps_showing(machine.out / "wall.png") == 0
    assert any(name in note for note in machine.board.rows()[0].notes)


def test_a_scene_that_refuses_is_told_and_tried_again_at_the_next_news(machine: Machine) -> None:
    machine.submit()
    machine.scene.fail("reload", SceneError("3ds Max is busy."))
    done = machine.deliver()
    machine.hear(done)
    assert any("3ds Max is busy" in note for note in machine.board.rows()[0].notes)
    machine.board.scene_changed("opened")
    machine.settle()
    assert machine.reloads() == 2
    assert "All textures are in the scene." in machine.board.rows()[0].notes


def test_files_are_let_go_before_workers_replace_them(machine: Machine) -> None:
    machine.submit()
    machine.hear(view(sequence=3, state="delivering", textures=(texture("wall.png", "waiting", "/out/wall.png"),)))
    assert machine.scene.called("release") == ((machine.out / "wall.png",),)


def test_a_scene_saved_under_another_name_is_still_the_jobs_scene(machine: Machine) -> None:
    machine.submit()
    machine.scene.world.path = machine.folder / "castle_02.max"
    machine.scene.save_scene()
    machine.settle()
    machine.hear(machine.deliver())
    assert machine.reloads() == 1
    assert Ledger(machine.folder / "jobs").entries()[JOB].is_shown_in(machine.folder / "castle_02.max")


def test_an_older_picture_never_replaces_a_newer_one(machine: Machine) -> None:
    machine.hear(view(sequence=5, state="done"))
    machine.hear(view(sequence=4, state="delivering"))
    assert machine.board.rows()[0].view.state == "done"


def test_a_record_that_began_anew_replaces_the_old_picture(machine: Machine) -> None:
    machine.hear(view(sequence=5, state="done"))
    machine.hear(view(sequence=1, created_at="2026-01-31T14:40:00.000Z"))
    assert machine.board.rows()[0].view.state == "rendering"


def test_jobs_are_listed_newest_first(machine: Machine) -> None:
    newer = view(job_id="20260201-142501-7f3a9c0d")
    machine.hear(view(), newer, everything=True)
    assert [row.view.job_id for row in machine.board.rows()] == [newer.job_id, JOB]


def test_a_note_of_the_workers_is_told_with_its_job(machine: Machine) -> None:
    text = f"Job {JOB} is done; there is nothing to cancel."
    event = Event(1, 6, JOB, "note", "done", 0, 0, 0, 0, text, BEGIN)
    machine.board.take(News({JOB: view()}, is_everything=False, heard=(event,)))
    assert machine.board.rows()[0].notes == (text,)


def test_trouble_is_told_and_the_list_stays(machine: Machine) -> None:
    machine.hear(view())
    machine.board.take(News({}, is_everything=False, trouble="Redis is away."))
    assert machine.board.trouble() == "Redis is away."
    assert len(machine.board.rows()) == 1
    machine.hear()
    assert machine.board.trouble() == ""


def test_a_growing_preview_is_copied_for_the_list(machine: Machine) -> None:
    preview = machine.folder / "preview.png"
    preview.write_bytes(b"\x89PNG first")
    machine.hear(view(textures=(texture("wall.png", "waiting", "/out/wall.png", preview=str(preview)),)))
    picture = machine.board.rows()[0].thumbnail
    assert picture is not None
    assert picture.read_bytes() == b"\x89PNG first"


def test_a_job_of_another_machine_is_listed_but_nothing_is_done_about_it(machine: Machine) -> None:
    before = len(machine.scene.calls)
    machine.hear(machine.deliver())
    assert len(machine.board.rows()) == 1
    assert len(machine.scene.calls) == before


def test_everything_that_happens_is_announced(machine: Machine) -> None:
    for action in (partial(machine.hear, view()), partial(machine.board.note, JOB, "x"), machine.submit):
        before = machine.changes
        action()
        assert machine.changes > before
