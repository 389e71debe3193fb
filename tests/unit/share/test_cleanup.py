"""Invariant I5: cleaning deletes what the job made, in its own folder, follows no link, and reports the rest."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import OwnershipError, ShareError
from flatiron_tasks.contracts.layout import SUBFOLDERS, JobFolder, folder_name
from flatiron_tasks.share import cleanup, held_folder
from flatiron_tasks.share.cleanup import Leftovers, remove_job_folder
from flatiron_tasks.share.held_folder import HeldFolder
from tests.unit.share.job_in_a_folder import ATTEMPT, JOB_ID, fill, job_folder, small_job


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "share"
    path.mkdir()
    return path


@pytest.fixture(params=["by descriptor", "by path"], autouse=True)
def _both_ways_to_hold_a_folder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def by_path(folder: Path) -> AbstractContextManager[HeldFolder]:
        return held_folder.held_by_path(folder.resolve(strict=True))

    if request.param == "by path":
        monkeypatch.setattr(cleanup, "hold", by_path)


@pytest.fixture
def folder(network: Path) -> JobFolder:
    return job_folder(network)


def clean(folder: JobFolder, network: Path) -> Leftovers:
    return remove_job_folder(folder.path, job_id=JOB_ID, network_folders=[network.parent / "another", network])


def everything(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def test_everything_that_the_job_made_goes_and_its_neighbours_stay(folder: JobFolder, network: Path) -> None:
    (network / "neighbour.txt").write_text("mine")
    fill(JobFolder.of(network, "another-job-0001"), small_job("another-job-0001"))
    neighbours = everything(network / folder_name("another-job-0001"))
    assert clean(folder, network) == Leftovers()
    assert not folder.path.exists()
    assert (network / "neighbour.txt").read_text() == "mine"
    assert everything(network / folder_name("another-job-0001")) == neighbours


def test_a_folder_that_is_gone_is_a_success(folder: JobFolder, network: Path) -> None:
    clean(folder, network)
    assert clean(folder, network) == Leftovers()


def test_a_share_that_is_gone_is_not_taken_for_a_cleaned_folder(folder: JobFolder, network: Path) -> None:
    shutil.rmtree(network)
    with pytest.raises(ShareError):
        clean(folder, network)


@pytest.mark.parametrize(
    "foreign",
    [
        "notes.txt",
        "scene/other.glb",
        "pieces/p00000-s00-e00.exr",
        "layers/sketch.psd",
        "textures/floor.png",
        "textures/.floor.png.0a1b.tmp",
        "logs/diary.log",
        "work/readme.txt",
        "work/not-an-attempt/file",
        "backup/scene.max",
        ".hidden",
    ],
)
def test_a_file_that_the_job_did_not_make_stays_and_is_reported(folder: JobFolder, network: Path, foreign: str) -> None:
    path = folder.path / foreign
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    reported = folder.path / Path(*Path(foreign).parts[: 1 if foreign.startswith("backup") else 2])
    assert clean(folder, network) == Leftovers((str(reported),))
    assert path.read_text() == "mine"
    assert folder.description.exists()
    assert not folder.piece(0, 0, 0, ATTEMPT).exists()


def test_after_the_leftover_is_taken_away_cleaning_completes(folder: JobFolder, network: Path) -> None:
    (folder.path / "notes.txt").write_text("mine")
    clean(folder, network)
    (folder.path / "notes.txt").unlink()
    assert clean(folder, network) == Leftovers()
    assert not folder.path.exists()


def test_no_link_is_followed_wherever_it_stands(folder: JobFolder, network: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    fill(JobFolder(outside))
    before = everything(outside)
    shutil.rmtree(folder.pieces)
    folder.pieces.symlink_to(outside / "pieces")
    links = [
        folder.work / "019c1234abcd-ffffffff",
        folder.work / ATTEMPT / "cache" / "link",
        folder.layers / "p00001-e00.exr",
        folder.textures / "wall.png.json",
    ]
    links[3].unlink()
    for link in links:
        link.symlink_to(outside / ("work" if link.parent == folder.work else "job.desc"))
    left = clean(folder, network)
    assert set(left.paths) == {str(folder.pieces), *map(str, links)}
    assert everything(outside) == before


def test_a_job_folder_that_is_a_link_is_refused(folder: JobFolder, network: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    folder.path.rename(elsewhere)
    folder.path.symlink_to(elsewhere)
    before = everything(elsewhere)
    with pytest.raises(OwnershipError, match="link"):
        clean(folder, network)
    assert everything(elsewhere) == before


def test_a_folder_deeper_than_a_network_folder_or_beside_it_is_refused(tmp_path: Path, network: Path) -> None:
    (network / "deeper").mkdir()
    for place in (network / "deeper", tmp_path / "beside"):
        stray = job_folder(place)
        with pytest.raises(OwnershipError, match="direct child"):
            clean(stray, network)
        assert stray.description.exists()


def test_a_folder_with_another_name_is_refused(folder: JobFolder, network: Path) -> None:
    renamed = folder.path.rename(network / "flatiron-copy")
    with pytest.raises(OwnershipError, match="name"):
        remove_job_folder(renamed, job_id=JOB_ID, network_folders=[network])
    with pytest.raises(OwnershipError, match="name"):
        remove_job_folder(network, job_id=JOB_ID, network_folders=[network.parent])


@pytest.mark.parametrize("content", ["", "{}", small_job("another-job-0001").to_json()])
def test_a_folder_whose_description_does_not_name_the_job_is_refused(
    folder: JobFolder, network: Path, content: str
) -> None:
    folder.description.write_text(content)
    before = everything(folder.path)
    with pytest.raises(OwnershipError):
        clean(folder, network)
    assert everything(folder.path) == before


def test_without_a_description_only_empty_folders_of_ours_go(folder: JobFolder, network: Path) -> None:
    folder.description.unlink()
    before = everything(folder.path)
    left = clean(folder, network)
    assert str(folder.piece(0, 0, 0, ATTEMPT)) in left.paths
    assert everything(folder.path) == before
    shutil.rmtree(folder.path)
    for name in SUBFOLDERS:
        (folder.path / name).mkdir(parents=True)
    assert clean(folder, network) == Leftovers()
    assert not folder.path.exists()


class _Killed(BaseException):
    """Stands for SIGKILL."""


def _deadly_after(steps: int) -> Iterator[None]:
    yield from [None] * steps
    raise _Killed


@pytest.mark.parametrize("steps", range(0, 30, 2))
def test_a_clean_up_killed_after_any_step_is_completed_by_the_next(
    folder: JobFolder, network: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    death = _deadly_after(steps)
    with monkeypatch.context() as patch:
        for name in ("unlink", "rmdir"):
            real = getattr(os, name)
            patch.setattr(os, name, lambda *args, _real=real, **keys: (next(death), _real(*args, **keys)))
        try:
            clean(folder, network)
        except _Killed:
            assert folder.path.exists()
    assert clean(folder, network) == Leftovers()
    assert not folder.path.exists()


def test_a_file_that_cannot_be_deleted_is_reported_and_the_rest_goes(
    folder: JobFolder, network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.unlink

    def refuse(path: str | Path, **keys: int) -> None:
        if str(path).endswith("wall.glb"):
            raise PermissionError(13, "in use")
        real(path, **keys)

    monkeypatch.setattr(os, "unlink", refuse)
    assert clean(folder, network) == Leftovers((str(folder.scene / "wall.glb"),))
    assert everything(folder.path) == {"scene", "scene/wall.glb", "job.desc"}
