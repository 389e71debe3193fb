"""No file on the share, however large and whatever it is, keeps or kills who reads it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flatiron_tasks.contracts.discarded import Discarded
from flatiron_tasks.contracts.errors import ContractError
from flatiron_tasks.contracts.layout import JobFolder, folder_name
from flatiron_tasks.pipeline.end_mark import begins_at
from flatiron_tasks.pipeline.job_files import read_job
from flatiron_tasks.share import bounded_read
from flatiron_tasks.share.bounded_read import read_bounded, read_descriptor, read_tail
from flatiron_tasks.share.discarded import read_discarded
from flatiron_tasks.share.held_folder import held_by_path, hold

GIGANTIC = 1 << 40
JOB_ID = "20260131-142501-7f3a9c0d"


@pytest.fixture
def sparse(tmp_path: Path) -> Path:
    """A file of a terabyte that takes no space."""
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(GIGANTIC)
    return path


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1])
def test_a_file_up_to_the_limit_is_read_whole(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))
    assert read_bounded(path, size) == path.read_bytes()
    assert read_tail(path, size) == path.read_bytes()
    if size:
        with pytest.raises(ContractError, match=f"{size:,} bytes, and {size - 1:,} are the limit"):
            read_bounded(path, size - 1)


def test_a_file_above_the_limit_is_refused_unread(sparse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_read, "_read", lambda *_: pytest.fail("it was read"))
    with pytest.raises(ContractError, match="too large"):
        read_bounded(sparse, 1 << 20)


def test_a_file_that_grows_behind_the_look_at_its_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 11)
    monkeypatch.setattr(bounded_read, "_size", lambda *_: 5)
    with pytest.raises(ContractError, match="too large"):
        read_bounded(path, 10)


def test_only_the_end_of_a_gigantic_file_is_read(sparse: Path) -> None:
    with sparse.open("ab") as file:
        file.write(b"the end")
    assert read_tail(sparse, 7) == b"the end"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in folders")
def test_a_named_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for read in (read_bounded, read_tail):
        with pytest.raises(ContractError, match="not a regular file"):
            read(tmp_path / "pipe", 10)


def test_a_descriptor_is_closed_also_when_the_file_is_refused(sparse: Path) -> None:
    descriptor = os.open(sparse, os.O_RDONLY)
    with pytest.raises(ContractError):
        read_descriptor(descriptor, 10, source="it")
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


@pytest.mark.parametrize("way", [hold, held_by_path])
def test_a_held_folder_reads_no_more_than_the_limit(sparse: Path, way: type) -> None:
    with way(sparse.parent) as held, pytest.raises(ContractError, match="too large"):
        held.read(sparse.name)


def test_no_gigantic_document_of_a_job_folder_is_read(sparse: Path) -> None:
    folder = JobFolder(sparse.parent / folder_name(JOB_ID))
    folder.path.mkdir()
    for path in (folder.description, folder.discarded, folder.ended):
        with path.open("wb") as file:
            file.truncate(GIGANTIC)
    with pytest.raises(ContractError, match="too large"):
        read_job(folder.description)
    with pytest.raises(ContractError, match="too large"):
        read_discarded(folder, JOB_ID)
    assert begins_at(folder, JOB_ID) is None, "a mark that cannot be read still says that the job has ended"


def test_the_list_of_discarded_attempts_of_a_large_job_is_within_the_limit() -> None:
    attempts = tuple(f"{number:012x}-00000000" for number in range(100_000))
    text = Discarded(schema_version=1, job_id=JOB_ID, attempts=attempts, results=()).to_json()
    assert len(text) < bounded_read.LARGEST_DESCRIPTION
