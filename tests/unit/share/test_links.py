"""Nothing is written through a link that somebody put into a job folder."""

from __future__ import annotations

import stat
from pathlib import Path
from unittest import mock

import pytest

from flatiron_tasks.contracts.errors import OwnershipError
from flatiron_tasks.contracts.layout import SUBFOLDERS, JobFolder
from flatiron_tasks.share.links import refuse_links
from tests.unit.share.job_in_a_folder import JOB_ID, job_folder


def test_a_job_folder_of_plain_folders_is_not_refused(tmp_path: Path) -> None:
    refuse_links(job_folder(tmp_path / "bake"))


def test_what_is_missing_is_no_reason_to_refuse(tmp_path: Path) -> None:
    folder = JobFolder.of(tmp_path, JOB_ID)
    refuse_links(folder)
    folder.path.mkdir()
    refuse_links(folder)


@pytest.mark.parametrize("name", SUBFOLDERS)
@pytest.mark.parametrize("exists", [True, False])
def test_a_link_in_the_place_of_a_subfolder_is_refused_by_name(tmp_path: Path, name: str, *, exists: bool) -> None:
    folder = JobFolder.of(tmp_path, JOB_ID)
    folder.path.mkdir()
    if exists:
        (tmp_path / "elsewhere").mkdir()
    (folder.path / name).symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(OwnershipError) as caught:
        refuse_links(folder)
    assert str(folder.path / name) in caught.value.what
    assert caught.value.why
    assert caught.value.advice


def test_a_job_folder_that_is_itself_a_link_is_refused(tmp_path: Path) -> None:
    real = job_folder(tmp_path / "elsewhere")
    folder = JobFolder.of(tmp_path, JOB_ID)
    folder.path.symlink_to(real.path, target_is_directory=True)
    with pytest.raises(OwnershipError):
        refuse_links(folder)


def test_a_file_in_the_place_of_a_subfolder_is_refused(tmp_path: Path) -> None:
    folder = JobFolder.of(tmp_path, JOB_ID)
    folder.path.mkdir()
    folder.pieces.write_bytes(b"")
    with pytest.raises(OwnershipError):
        refuse_links(folder)


def test_a_junction_of_windows_is_refused_although_it_calls_itself_a_folder(tmp_path: Path) -> None:
    junction = mock.Mock(st_mode=stat.S_IFDIR, st_file_attributes=stat.FILE_ATTRIBUTE_REPARSE_POINT)
    with mock.patch.object(Path, "lstat", return_value=junction), pytest.raises(OwnershipError):
        refuse_links(JobFolder.of(tmp_path, JOB_ID))


def test_a_link_above_the_job_folder_is_the_administrators_and_followed(tmp_path: Path) -> None:
    job_folder(tmp_path / "bake")
    (tmp_path / "mount").symlink_to(tmp_path / "bake", target_is_directory=True)
    refuse_links(JobFolder.of(tmp_path / "mount", JOB_ID))
