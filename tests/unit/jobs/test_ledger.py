"""What this machine remembers of its jobs."""

from __future__ import annotations

from pathlib import Path

from max_submitter.jobs.ledger import Ledger, signature
from tests.unit.jobs.examples import JOB, entry


def test_what_was_kept_is_there_for_the_next_program(tmp_path: Path) -> None:
    made = entry(tmp_path, tmp_path / "castle.max", "wall.png")
    Ledger(tmp_path / "jobs").keep(made)
    assert Ledger(tmp_path / "jobs").entries() == {JOB: made}


def test_an_entry_that_cannot_be_read_hides_no_other_and_is_not_deleted(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.keep(entry(tmp_path, tmp_path))
    broken = tmp_path / "20260131-142501-00000000.job.json"
    broken.write_text("{")
    assert list(ledger.entries()) == [JOB]
    assert broken.exists()


def test_what_is_forgotten_is_gone_and_may_be_forgotten_twice(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.keep(entry(tmp_path, tmp_path))
    ledger.forget(JOB)
    ledger.forget(JOB)
    assert ledger.entries() == {}


def test_a_job_is_shown_in_its_scene_and_in_what_it_was_saved_as(tmp_path: Path) -> None:
    made = entry(tmp_path, tmp_path / "castle.max")
    renamed = made.with_scene(tmp_path / "castle_2.max")
    assert not made.is_shown_in(tmp_path / "castle_2.max")
    assert not made.is_shown_in(None)
    assert renamed.is_shown_in(tmp_path / "castle.max")
    assert renamed.is_shown_in(tmp_path / "sub" / ".." / "castle_2.max")
    assert renamed.with_scene(tmp_path / "castle.max") is renamed


def test_another_content_has_another_signature(tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    assert signature(path) == ""
    path.write_bytes(b"placeholder")
    before = signature(path)
    path.write_bytes(b"texture")
    assert before != signature(path) != ""
