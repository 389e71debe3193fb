"""Looks go on beside each other, end, and never break the report."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import FarmUnreachableError
from workers.doctor.folder_trial import try_folder
from workers.doctor.looking import Look, Seen, Unseen


def failing(error: Exception) -> Callable[[], str]:
    def look() -> str:
        raise error

    return look


def test_what_is_found_is_told_and_seen() -> None:
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    look = Look("the moon", lambda: 7, limit_s=30, tell=told.put)
    assert look.sight() == Seen(7)
    assert told.get(timeout=30) == "the moon"


def test_a_look_that_hangs_is_left_behind() -> None:
    never = threading.Event()
    assert Look("the share", never.wait, limit_s=0.01).sight() == Unseen("The share took longer than 0.01 seconds.")
    never.set()


def test_two_looks_are_under_way_at_once() -> None:
    both = threading.Barrier(2, timeout=30)
    looks = [Look("one of two", both.wait, limit_s=30) for _ in range(2)]
    assert {type(look.sight()) for look in looks} == {Seen}


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (FarmUnreachableError("Nobody answers.", why="The port is closed."), "Nobody answers. The port is closed."),
        (ConnectionRefusedError("no"), "ConnectionRefusedError: no."),
        (TimeoutError(), "The farm timed out."),
        (KeyError("x"), "KeyError: 'x'."),
    ],
)
def test_a_look_that_fails_says_why(error: Exception, why: str) -> None:
    assert Look("the farm", failing(error), limit_s=30).sight() == Unseen(why)


def test_a_folder_in_order_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    report = try_folder(tmp_path, tmp_path.stat().st_mtime)
    assert (report.trouble, report.is_full) == ("", False)
    assert report.free_bytes > 0
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_or_is_not_there_is_a_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert try_folder(tmp_path / "file", 0).trouble == "Not a directory."
    assert try_folder(tmp_path / "gone", 0).trouble == "No such file or directory."


def test_a_device_without_room_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("workers.doctor.folder_trial.os.fsync", no_room)
    report = try_folder(tmp_path, 0)
    assert (report.is_full, report.trouble) == (True, "")
    assert list(tmp_path.iterdir()) == []
