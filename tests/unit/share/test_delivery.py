"""Invariants I3 and I5: only this job's placeholder is replaced, and delivering again ends in the same state."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from flatiron_tasks.contracts.errors import OwnershipError, ShareError
from flatiron_tasks.contracts.mark import Mark, find_mark, placeholder_mark, texture_mark
from flatiron_tasks.share import atomic, delivery
from flatiron_tasks.share.delivery import Delivery, deliver

JOB = "20260131-142501-7f3a9c0d"
PLACEHOLDER = b"\x89PNG\r\n\x1a\n" + placeholder_mark(JOB, "wall.png").encode()
RESULT = b"finished texture " * 1000
FOREIGN = b"painted over by the artist"


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    path = tmp_path / "job" / "wall.png"
    path.parent.mkdir()
    path.write_bytes(RESULT)
    return path


@pytest.fixture
def final(tmp_path: Path) -> Path:
    path = tmp_path / "out" / "wall.png"
    path.parent.mkdir()
    path.write_bytes(PLACEHOLDER)
    return path


def run(finished: Path, final: Path, **changes: Any) -> Delivery:
    order: dict[str, Any] = {
        "job_id": JOB,
        "placeholder_sha256": sha(PLACEHOLDER),
        "finished_sha256": sha(RESULT),
        "create_missing": False,
    }
    return deliver(finished, final, **(order | changes))


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def beside(final: Path) -> Path:
    return final.with_name(f"wall.flatiron-{JOB}.png")


def test_the_placeholder_is_replaced_and_nothing_else_appears(finished: Path, final: Path) -> None:
    assert run(finished, final) == Delivery(str(final), "delivered")
    assert final.read_bytes() == RESULT
    assert names(final.parent) == ["wall.png"]


def test_a_second_delivery_changes_nothing(finished: Path, final: Path) -> None:
    run(finished, final)
    before = final.stat().st_ino
    assert run(finished, final).outcome == "already"
    assert final.stat().st_ino == before


def test_a_foreign_file_is_never_touched_and_the_result_stands_beside_it(finished: Path, final: Path) -> None:
    final.write_bytes(FOREIGN)
    expected = Delivery(str(beside(final)), "beside")
    assert [run(finished, final), run(finished, final)] == [expected, expected]
    assert (final.read_bytes(), beside(final).read_bytes()) == (FOREIGN, RESULT)
    assert names(final.parent) == sorted(["wall.png", beside(final).name])


def test_a_foreign_file_at_the_name_beside_is_not_overwritten_either(finished: Path, final: Path) -> None:
    final.write_bytes(FOREIGN)
    beside(final).write_bytes(b"also foreign")
    with pytest.raises(OwnershipError, match="Move"):
        run(finished, final)
    assert beside(final).read_bytes() == b"also foreign"


def test_a_file_that_changed_between_the_first_look_and_the_rename_stays(
    finished: Path, final: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: final.write_bytes(FOREIGN))  # the artist saves while the copy is flushed
    assert run(finished, final).outcome == "beside"
    assert final.read_bytes() == FOREIGN


def test_a_link_at_the_final_path_is_foreign_even_if_it_leads_to_the_placeholder(
    finished: Path, final: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target.png"
    final.rename(target)
    final.symlink_to(target)
    assert run(finished, final).outcome == "beside"
    assert (final.is_symlink(), target.read_bytes()) == (True, PLACEHOLDER)


def test_a_missing_file_is_absent_unless_it_may_be_created_in_an_existing_folder(finished: Path, final: Path) -> None:
    final.unlink()
    assert run(finished, final) == Delivery(str(final), "absent")
    assert names(final.parent) == []
    assert run(finished, final, create_missing=True) == Delivery(str(final), "delivered")
    assert final.read_bytes() == RESULT
    shutil.rmtree(final.parent)
    assert run(finished, final, create_missing=True).outcome == "absent"
    assert not final.parent.exists()


def test_a_file_that_appears_while_a_missing_one_is_created_stays(
    finished: Path, final: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    final.unlink()
    monkeypatch.setattr(os, "fsync", lambda _: final.write_bytes(FOREIGN))
    assert run(finished, final, create_missing=True).outcome == "beside"
    assert final.read_bytes() == FOREIGN


def test_a_share_without_hard_links_still_takes_a_new_file(
    finished: Path, final: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "no links here")

    final.unlink()
    monkeypatch.setattr(os, "link", refuse)
    assert run(finished, final, create_missing=True).outcome == "delivered"
    assert names(final.parent) == ["wall.png"]


def test_a_damaged_result_is_never_delivered(finished: Path, final: Path) -> None:
    finished.write_bytes(RESULT[:-1])
    with pytest.raises(ShareError, match="hash"):
        run(finished, final)
    assert (final.read_bytes(), names(final.parent)) == (PLACEHOLDER, ["wall.png"])


def test_temporaries_of_killed_runs_go_and_those_of_others_stay(finished: Path, final: Path) -> None:
    other_job, other_texture = ".wall.png.flatiron-other-job.aa.tmp", f".floor.png.flatiron-{JOB}.aa.tmp"
    for name in (f".wall.png.flatiron-{JOB}.aa.tmp", other_job, other_texture):
        (final.parent / name).write_bytes(b"half")
    run(finished, final)
    assert names(final.parent) == sorted(["wall.png", other_job, other_texture])


def _deliver_and_die(finished: Path, final: Path, moment: str) -> None:
    module, name = (os, "fsync") if moment == "copying" else (atomic, "fsync_folder")
    setattr(module, name, lambda _: os._exit(9))
    run(finished, final)


@pytest.mark.parametrize("moment", ["copying", "renamed"])
def test_a_run_killed_in_the_middle_is_completed_by_the_next(finished: Path, final: Path, moment: str) -> None:
    process = multiprocessing.get_context("fork").Process(target=_deliver_and_die, args=(finished, final, moment))
    process.start()
    process.join()
    assert process.exitcode == 9
    assert final.read_bytes() in (PLACEHOLDER, RESULT)
    assert run(finished, final).outcome in ("delivered", "already")
    assert final.read_bytes() == RESULT
    assert names(final.parent) == ["wall.png"]


def test_deliveries_at_once_end_in_one_result(finished: Path, final: Path) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def worker() -> None:
        start.wait()
        outcomes.extend(run(finished, final).outcome for _ in range(5))

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 20
    assert set(outcomes) <= {"delivered", "already"}
    assert (final.read_bytes(), names(final.parent)) == (RESULT, ["wall.png"])


def test_a_result_that_arrives_between_two_looks_is_not_taken_for_somebody_elses(
    finished: Path, final: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def arrives_meanwhile(path: Path) -> Mark | None:
        final.write_bytes(RESULT)
        return find_mark(path)

    monkeypatch.setattr(delivery, "find_mark", arrives_meanwhile)
    assert run(finished, final).outcome == "already"
    assert names(final.parent) == ["wall.png"]


def test_a_copy_that_another_run_cleaned_away_is_made_again(
    finished: Path, final: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = delivery._rename
    lost: list[Path] = []

    def lose_once(temporary: Path, target: Path) -> None:
        if not lost:
            lost.append(temporary)
            temporary.unlink()
        real(temporary, target)

    monkeypatch.setattr(delivery, "_rename", lose_once)
    assert run(finished, final).outcome == "delivered"
    assert final.read_bytes() == RESULT


def test_the_longest_allowed_names_can_be_delivered(finished: Path, final: Path) -> None:
    long = final.with_name("x" * 196 + ".png")
    placeholder = b"\x89PNG\r\n\x1a\n" + placeholder_mark("a" * 64, long.name).encode()
    final.unlink()
    long.write_bytes(placeholder)
    assert run(finished, long, job_id="a" * 64, placeholder_sha256=sha(placeholder)).outcome == "delivered"
    assert names(final.parent) == [long.name]


def test_a_hash_in_a_description_alone_makes_no_file_replaceable(finished: Path, final: Path) -> None:
    final.write_bytes(FOREIGN)
    assert run(finished, final, placeholder_sha256=sha(FOREIGN)).outcome == "beside"
    assert final.read_bytes() == FOREIGN


def test_an_earlier_result_of_the_job_is_replaced_by_a_newer_one(finished: Path, final: Path) -> None:
    earlier = b"\x89PNG\r\n\x1a\n" + texture_mark("cafe" * 8, "1").encode()
    final.write_bytes(earlier)
    assert run(finished, final, earlier_sha256=[sha(earlier)]).outcome == "delivered"
    assert final.read_bytes() == RESULT


def test_a_placeholder_that_a_program_holds_open_stays_and_the_result_stands_beside_it(
    finished: Path, final: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def refuse_the_final_path(self: Path, target: Path) -> Path:
        if target == final:
            error = PermissionError(13, "in use")
            error.winerror = 32  # type: ignore[attr-defined]
            raise error
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse_the_final_path)
    monkeypatch.setattr(atomic, "_PAUSES_S", ())
    assert run(finished, final) == Delivery(str(beside(final)), "beside", held=True)
    assert final.read_bytes() == PLACEHOLDER
    assert beside(final).read_bytes() == RESULT
    assert names(final.parent) == sorted([final.name, beside(final).name])


def test_a_folder_that_may_not_be_written_to_is_an_error_and_not_a_file_held_open(
    finished: Path, final: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "read-only share")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ShareError):
        run(finished, final)
    assert names(final.parent) == [final.name]
