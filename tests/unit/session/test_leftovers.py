"""What a program that is gone left behind is found by its lock, and only its own is touched."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from flatiron_tasks.contracts.ended import Ended
from flatiron_tasks.contracts.errors import TransportError
from flatiron_tasks.contracts.layout import JobFolder
from max_submitter.description import draft_job
from max_submitter.job_folder import make_job_folder
from max_submitter.jobs.ledger import Ledger
from max_submitter.session.journal import Journal
from max_submitter.session.leftovers import Settled, Settler
from max_submitter.session.session_folder import SessionFolder, abandoned
from max_submitter.session.submitting import first_entry
from tests.unit.submission.bake_requests import NODE_PROGRAM, bake_request, clock
from tests.unit.submission.submitting import Mail


def begun(folder: Path, journal: Journal, *, complete: bool) -> JobFolder:
    """A submission that got as far as its placeholders, or died right before `job.desc`."""
    request = bake_request(folder)
    draft = draft_job(request, clock()).description
    journal.begin(first_entry(request, draft, scene=folder / "booth.max", is_local=False))
    made = make_job_folder(request, draft, node_program=NODE_PROGRAM)
    if complete:
        journal.placed(draft.job_id)
    else:
        made.description.replace(made.path / ".job.desc.0123456789abcdef.tmp")
    return made


def settle(journal: Journal, send: Callable[[str], None]) -> list[Settled]:
    settler = Settler(Ledger(journal._folder.parent / "ledger"), send)
    return list(settler.settle(journal, only=[submission.job_id for submission in journal.open_ones()]))


def settle_abandoned(parent: Path, send: Callable[[str], None]) -> list[Settled]:
    return list(Settler(Ledger(parent / "ledger"), send).abandoned(parent, Journal(parent / "own")))


def test_a_job_folder_without_a_description_is_removed_whole(tmp_path: Path) -> None:
    journal, mail = Journal(tmp_path / "journal"), Mail()
    folder = begun(tmp_path, journal, complete=False)
    (settled,) = settle(journal, mail)
    assert settled.is_settled
    assert "what was made of it is removed" in settled.sentence
    assert not folder.path.exists()
    assert mail.sent == []
    assert journal.open_ones() == ()


def test_a_file_of_somebody_else_in_it_stays_and_is_named(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    folder = begun(tmp_path, journal, complete=False)
    (folder.scene / "notes.txt").write_text("mine")
    (settled,) = settle(journal, Mail())
    assert str(folder.scene / "notes.txt") in settled.sentence
    assert (folder.scene / "notes.txt").read_text() == "mine"


def test_a_job_folder_that_no_journal_names_is_never_touched(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    folder = begun(tmp_path, journal, complete=False)
    (submission,) = journal.open_ones()
    journal.end(submission.job_id)
    assert settle(journal, Mail()) == []
    assert folder.node_program.exists()


def test_a_complete_job_is_announced_and_an_unreachable_redis_keeps_it_for_later(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    begun(tmp_path, journal, complete=True)

    def refuse(job_id: str) -> None:
        raise TransportError("Redis is away.")

    (later,) = settle(journal, refuse)
    assert not later.is_settled
    mail = Mail()
    (settled,) = settle(journal, mail)
    assert settled.is_settled
    assert mail.sent == [settled.job_id]
    assert settle(journal, mail) == []


def test_a_withdrawn_job_is_removed_even_if_it_is_complete(tmp_path: Path) -> None:
    journal, mail = Journal(tmp_path / "journal"), Mail()
    folder = begun(tmp_path, journal, complete=True)
    (submission,) = journal.open_ones()
    journal.withdraw(submission.job_id)
    settle(journal, mail)
    assert not folder.path.exists()
    assert mail.sent == []


def test_a_share_that_is_away_keeps_everything_for_later(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    begun(tmp_path, journal, complete=False)
    (tmp_path / "share").rename(tmp_path / "unplugged")
    (settled,) = settle(journal, Mail())
    assert not settled.is_settled
    assert len(journal.open_ones()) == 1


def test_what_cannot_be_read_in_a_journal_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "x.submission.json").write_text("{half")
    assert Journal(tmp_path).open_ones() == ()
    assert [path.name for path in tmp_path.iterdir()] == ["x.submission.json.unreadable"]


def test_a_program_that_runs_keeps_its_folder(tmp_path: Path) -> None:
    own = SessionFolder.make(tmp_path)
    assert list(abandoned(tmp_path)) == []
    own.leave()
    assert [folder.path for folder in abandoned(tmp_path)] == [own.path]
    assert settle_abandoned(tmp_path, Mail()) == []
    assert not own.path.exists()


def hold_a_folder(parent: str, told: Connection) -> None:
    folder = SessionFolder.make(Path(parent))
    (folder.new_scene_folder() / "copy.max").write_bytes(b"scene")
    told.send(str(folder.path))
    signal.pause()


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_program_that_was_killed_leaves_a_folder_that_the_next_one_removes(tmp_path: Path) -> None:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=hold_a_folder, args=(str(tmp_path), there))
    process.start()
    path = Path(here.recv())
    assert settle_abandoned(tmp_path, Mail()) == []
    assert list(path.rglob("copy.max"))
    process.kill()
    process.join()
    process.close()
    here.close()
    there.close()
    settle_abandoned(tmp_path, Mail())
    assert not path.exists()


def test_a_private_folder_of_a_program_killed_before_it_had_a_lock_is_removed(tmp_path: Path) -> None:
    (tmp_path / "session-0123456789abcdef").mkdir()
    assert settle_abandoned(tmp_path, Mail()) == []
    assert not list(tmp_path.glob("session-*"))


def test_a_line_that_was_half_written_when_its_program_was_killed_keeps_no_folder(
    tmp_path: Path,
) -> None:
    left = SessionFolder.make(tmp_path)
    left.journal.mkdir()
    (left.journal / ".20260131-142501-7f3a9c0d.submission.json.0123456789abcdef.tmp").write_bytes(b"{")
    left.leave()
    assert settle_abandoned(tmp_path, Mail()) == []
    assert not list(tmp_path.glob("session-*"))


@pytest.mark.parametrize("is_swift", [True, False], ids=["removed before", "locked meanwhile"])
def test_a_program_that_cleans_up_while_another_makes_its_folder_disturbs_it_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_swift: bool
) -> None:
    made = Path.mkdir
    taken: list[Any] = []

    def mkdir_and_lose(path: Path, mode: int = 0o777, **named: bool) -> None:
        made(path, mode, **named)
        if path.name.startswith("session-") and not taken:
            cleaner = next(iter(found := abandoned(tmp_path)))
            taken.extend([cleaner.path, found])
            if is_swift:
                cleaner.remove()

    monkeypatch.setattr(Path, "mkdir", mkdir_and_lose)
    folder = SessionFolder.make(tmp_path)
    assert folder.path != taken[0]
    assert (folder.path / "lock").exists()
    folder.leave()


def test_a_bake_on_this_machine_that_was_cancelled_and_killed_while_it_cleaned_up_does_not_begin_again(
    tmp_path: Path,
) -> None:
    journal = Journal(tmp_path / "journal")
    request = bake_request(tmp_path)
    draft = draft_job(request, clock()).description
    journal.begin(first_entry(request, draft, scene=tmp_path / "booth.max", is_local=True))
    folder = make_job_folder(request, draft, node_program=NODE_PROGRAM)
    journal.placed(draft.job_id)
    folder.ended.write_text(Ended(2, draft.job_id, "cancelled", cleaned=False).to_json(), "utf-8")
    folder.node_program.unlink()
    (settled,) = settle(journal, Mail())
    assert settled.unfinished is None
    assert "is cancelled; earlier files are back" in settled.sentence
    assert not folder.path.exists()
    assert journal.open_ones() == ()


def test_a_bake_on_this_machine_that_was_cancelled_after_its_panel_died_is_settled_though_placeholders_stay(
    tmp_path: Path,
) -> None:
    journal = Journal(tmp_path / "journal")
    request = bake_request(tmp_path)
    draft = draft_job(request, clock()).description
    journal.begin(first_entry(request, draft, scene=tmp_path / "booth.max", is_local=True))
    journal.placed(draft.job_id)  # and its folder has gone since
    (settled,) = settle(journal, Mail())
    assert settled.is_settled
    assert journal.open_ones() == ()
