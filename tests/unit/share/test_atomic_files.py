"""Invariant I2: a file that others may read appears by rename, complete."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.share import atomic


def test_a_file_is_written_as_a_whole_and_no_temporary_stays(tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    atomic.write_atomically(path, "first")
    atomic.write_atomically(path, b"sec\xc3\xb6nd")
    assert path.read_text("utf-8") == "secönd"
    assert [child.name for child in tmp_path.iterdir()] == ["receipt.json"]


def test_the_old_file_stays_when_the_new_one_cannot_be_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "receipt.json"
    path.write_text("old")
    monkeypatch.setattr(atomic, "replace_file", _raise(OSError("disk full")))
    with pytest.raises(ShareError, match="disk full"):
        atomic.write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_never_created(tmp_path: Path) -> None:
    with pytest.raises(ShareError):
        atomic.write_atomically(tmp_path / "gone" / "file", b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_windows_says_is_in_use_is_replaced_as_soon_as_it_is_free() -> None:
    pauses: list[float] = []
    failures = [_in_use(code) for code in (5, 32, 33)]

    def rename() -> None:
        if failures:
            raise failures.pop()

    atomic.retry_while_in_use(rename, sleep=pauses.append)
    assert len(pauses) == 3


def test_a_file_that_stays_in_use_is_given_up_after_a_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    temporary = tmp_path / "new"
    temporary.write_text("new")
    monkeypatch.setattr(Path, "replace", _raise(_in_use(32)))
    with pytest.raises(ShareError, match="replaced"):
        atomic.replace_file(temporary, tmp_path / "final", sleep=pauses.append)
    assert 2 < sum(pauses) < 4


def test_a_refusal_that_no_waiting_mends_is_not_tried_again() -> None:
    pauses: list[float] = []
    with pytest.raises(PermissionError):
        atomic.retry_while_in_use(_raise(PermissionError(13, "read-only share")), sleep=pauses.append)
    assert pauses == []


def test_the_hash_is_that_of_the_whole_file(tmp_path: Path) -> None:
    data = bytes(range(256)) * 9000
    (tmp_path / "file").write_bytes(data)
    assert atomic.sha256_of(tmp_path / "file") == hashlib.sha256(data).hexdigest()
    with pytest.raises(ShareError):
        atomic.sha256_of(tmp_path / "gone")


def _in_use(code: int) -> PermissionError:
    error = PermissionError(13, "in use")
    error.winerror = code  # type: ignore[attr-defined]
    return error


def _raise(error: Exception) -> Callable[..., None]:
    def action(*_: object, **__: object) -> None:
        raise error

    return action
