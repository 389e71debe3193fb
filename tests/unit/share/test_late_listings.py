"""Invariants I3 and I5 on a share whose listings are late: nothing of the job is orphaned, its marks go last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flatiron_tasks.contracts.ended import Ended
from flatiron_tasks.contracts.layout import SUBFOLDERS, JobFolder
from flatiron_tasks.share.cleanup import Leftovers, empty_job_folder, remove_job_folder
from flatiron_tasks.share.folder_sweep import Look
from tests.death_while_deleting import dies_before_deletion
from tests.late_listings import LateListings
from tests.unit.share.job_in_a_folder import ATTEMPT, JOB_ID, job_folder

MARKS = {"job.desc", "ended.json"}
TOKEN = "0a1b2c3d4e5f6071"


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    """A filled job folder whose job has ended."""
    folder = job_folder(tmp_path / "share")
    folder.ended.write_text(_mark(JOB_ID))
    return folder


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> LateListings:
    return LateListings(monkeypatch)


def _mark(job_id: str) -> str:
    return Ended(schema_version=2, job_id=job_id, state="done", cleaned=False).to_json()


def empty(folder: JobFolder) -> Look:
    return empty_job_folder(folder.path, job_id=JOB_ID, network_folders=[folder.path.parent])


def remove(folder: JobFolder) -> Leftovers:
    return remove_job_folder(folder.path, job_id=JOB_ID, network_folders=[folder.path.parent])


def files_in(folder: JobFolder) -> set[str]:
    return {str(path.relative_to(folder.path)) for path in folder.path.rglob("*") if path.is_file()}


def hidden(*parts: str) -> Callable[[str], bool]:
    return lambda name: any(part in name for part in parts)


def test_emptying_a_folder_leaves_the_marks_and_says_that_it_deleted_something(folder: JobFolder) -> None:
    assert empty(folder) == Look(has_deleted=True)
    assert {path.name for path in folder.path.iterdir()} == MARKS
    assert empty(folder) == Look()
    assert remove(folder) == Leftovers()
    assert not folder.path.exists()


@pytest.mark.parametrize("name", SUBFOLDERS)
def test_a_subfolder_goes_though_it_is_not_listed(folder: JobFolder, listings: LateListings, name: str) -> None:
    listings.hides = name.__eq__
    assert empty(folder) == Look(has_deleted=True)
    assert files_in(folder) == MARKS


@pytest.mark.parametrize(
    "name",
    [
        "p00000-e00.exr",
        "p00000.json",
        "p00000-e00.thumb",
        "wall.png",
        "wall.png.json",
        "wall.png.png",
        "wall.glb",
        "o00000-8x8.png",
        "site.ocio",
        "node.pyz",
        "discarded.json",
        f"wall.partial-{JOB_ID}.png",
    ],
)
def test_what_the_job_is_known_to_make_goes_though_it_is_not_listed(
    folder: JobFolder, listings: LateListings, name: str
) -> None:
    listings.hides = name.__eq__
    assert empty(folder) == Look(has_deleted=True)
    assert files_in(folder) == MARKS


@pytest.mark.parametrize(
    ("part", "unseen"),
    [
        (f"e00.{ATTEMPT}", "pieces"),
        (f"t00001.{ATTEMPT}", "logs"),
        ("8f0e.tmp", "layers"),
        ("deep", f"work/{ATTEMPT}/cache"),
    ],
)
def test_a_folder_with_an_unlisted_file_is_not_yet_empty_and_is_no_leftover(
    folder: JobFolder, listings: LateListings, part: str, unseen: str
) -> None:
    listings.hides = hidden(part)
    look = empty(folder)
    assert str(folder.path / unseen) in look.unseen
    assert look.stays == ()
    assert files_in(folder) >= MARKS
    listings.catch_up()
    assert empty(folder) == Look(has_deleted=True)
    assert files_in(folder) == MARKS


def test_while_a_folder_is_not_empty_the_marks_stay_even_in_the_last_clean_up(
    folder: JobFolder, listings: LateListings
) -> None:
    listings.hides = hidden(ATTEMPT)
    assert set(remove(folder).paths) == {str(folder.path / name) for name in ("pieces", "logs", "work")}
    assert files_in(folder) >= MARKS


def test_a_foreign_file_keeps_the_marks(folder: JobFolder) -> None:
    foreign = folder.textures / "mine.psd"
    foreign.write_text("mine")
    assert empty(folder) == Look(stays=(str(foreign),), has_deleted=True)
    assert remove(folder) == Leftovers((str(foreign),))
    assert files_in(folder) == {*MARKS, "textures/mine.psd"}


def test_a_link_with_the_name_of_an_unlisted_file_stays(folder: JobFolder, listings: LateListings) -> None:
    layer = folder.layer(0, 0)
    layer.unlink()
    layer.symlink_to(folder.node_program)
    listings.hides = layer.name.__eq__
    assert empty(folder).unseen == (str(folder.layers),)
    assert layer.is_symlink()


@pytest.mark.parametrize("name", ["ended.json", "discarded.json", "job.desc", "node.pyz"])
def test_what_a_process_that_was_killed_while_it_wrote_left_behind_goes(folder: JobFolder, name: str) -> None:
    (folder.path / f".{name}.{TOKEN}.tmp").write_text("{")
    assert remove(folder) == Leftovers()
    assert not folder.path.exists()


def test_the_mark_of_the_end_alone_is_proof_enough_to_go(folder: JobFolder) -> None:
    empty(folder)
    folder.description.unlink()
    assert remove(folder) == Leftovers()
    assert not folder.path.exists()


@pytest.mark.parametrize("text", ["{", _mark("another-job-0001")])
def test_a_mark_alone_that_does_not_name_the_job_stays(folder: JobFolder, text: str) -> None:
    empty(folder)
    folder.description.unlink()
    folder.ended.write_text(text)
    assert remove(folder) == Leftovers((str(folder.path),))
    assert folder.ended.read_text() == text


def _clean_and_die(folder: JobFolder, number: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    with dies_before_deletion(number, monkeypatch) as died:
        look = empty(folder)
        if not look.unseen:
            remove(folder)
    return bool(died)


@pytest.mark.parametrize("late", [(), (ATTEMPT,), (".tmp", "deep"), tuple(SUBFOLDERS)], ids=str)
def test_a_clean_up_killed_before_any_deletion_orphans_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listings: LateListings, late: tuple[str, ...]
) -> None:
    number, died = 0, True
    while died:
        folder = job_folder(tmp_path / f"{number}")
        folder.ended.write_text(_mark(JOB_ID))
        listings.hides = hidden(*late)
        died = _clean_and_die(folder, number, monkeypatch)
        if not folder.description.exists():
            assert files_in(folder) <= {"ended.json"}, number
        assert folder.ended.exists() or not folder.description.exists(), number
        listings.catch_up()
        assert empty(folder).stays == ()
        assert remove(folder) == Leftovers()
        assert not folder.path.exists()
        number += 1
    assert number > 30 or late
