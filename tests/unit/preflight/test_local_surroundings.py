"""The world outside for real: probes leave nothing behind, a dead share is given up in time, owners are told apart."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.contracts.mark import placeholder_mark
from max_submitter.placeholder import placeholder_bytes
from max_submitter.preflight.local_surroundings import LocalSurroundings
from max_submitter.preflight.network_drives import drive_target
from max_submitter.preflight.time_limit import TimeLimit

JOB = "20260101-000000-abcdef"


def surroundings() -> LocalSurroundings:
    return LocalSurroundings(manager_trouble=lambda host, port: f"{host}:{port}", redis_trouble=lambda url: url)


def placeholder() -> bytes:
    mark = placeholder_mark(JOB, "a.png")
    return placeholder_bytes(
        width=8, height=8, file_format="png", pixel_type="uint8", alpha=False, kind="color", job_name="a", mark=mark
    )


def test_a_probe_writes_and_leaves_nothing(tmp_path: Path) -> None:
    surroundings().write_probe(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_probe_fails_where_no_file_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(ShareError, match="Nothing can be written"):
            surroundings().write_probe(folder)


def test_folders_are_told_from_files_and_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    here = surroundings()
    assert here.is_folder(tmp_path)
    assert not here.is_folder(tmp_path / "file")
    assert not here.is_folder(tmp_path / "file" / "below")
    assert not here.is_folder(tmp_path / "missing")


def test_free_space_is_told_of_what_is_there(tmp_path: Path) -> None:
    assert surroundings().free_bytes(tmp_path) > 0
    with pytest.raises(ShareError, match="free space"):
        surroundings().free_bytes(tmp_path / "missing")


def test_owners_of_files_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "ours.png").write_bytes(placeholder())
    (tmp_path / "foreign.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "link.png").symlink_to(tmp_path / "ours.png")
    os.mkfifo(tmp_path / "other.png")
    for name in ("ours", "foreign", "folder", "link", "other", "nothing"):
        assert surroundings().occupant(tmp_path / f"{name}.png") == name


def test_services_are_asked_by_the_functions_given() -> None:
    assert surroundings().manager_trouble("farm", 3234) == "farm:3234"
    assert surroundings().redis_trouble("redis://x") == "redis://x"


def test_what_does_not_answer_is_given_up_and_not_asked_again_while_it_hangs() -> None:
    released, ended, limit = threading.Event(), threading.Event(), TimeLimit(0.01)

    def hang() -> None:
        released.wait()
        ended.set()

    with pytest.raises(ShareError, match=r"//dead does not answer\."):
        limit.run("//dead", hang)
    with pytest.raises(ShareError, match="does not answer"):
        limit.run("//dead", lambda: pytest.fail("asked again"))
    released.set()
    assert ended.wait(10)
    assert _eventually(lambda: limit.run("//dead", lambda: "back")) == "back"


def test_another_folder_is_not_held_up_by_a_dead_one() -> None:
    released, limit = threading.Event(), TimeLimit(10)
    hanging = threading.Thread(target=lambda: limit.run("//dead", released.wait))
    hanging.start()
    assert limit.run("//alive", lambda: 1) == 1
    released.set()
    hanging.join()


def test_an_error_in_time_is_the_callers() -> None:
    def fail() -> None:
        raise FileNotFoundError("gone")

    with pytest.raises(FileNotFoundError, match="gone"):
        TimeLimit(10).run("folder", fail)


def _eventually(ask: Callable[[], str]) -> str:
    """The first answer: the thread that hung ends a moment after what it hung at."""
    while True:
        try:
            return ask()
        except ShareError:
            continue


class FakeMpr:
    """`mpr.dll` with one connected drive, as winnetwk.h describes it."""

    def __init__(self, drive: str, share: str) -> None:
        self._drive, self._share = drive, share

    def WNetGetConnectionW(self, name: str, target: ctypes.Array[ctypes.c_wchar], length: object) -> int:  # noqa: N802
        if name != self._drive:
            return 2250  # ERROR_NOT_CONNECTED
        size = length._obj  # type: ignore[attr-defined]
        if size.value <= len(self._share):
            size.value = len(self._share) + 1
            return 234  # ERROR_MORE_DATA
        target.value = self._share
        return 0


@pytest.mark.parametrize("share", [r"\\server\share", "\\\\server\\" + "s" * 300])
def test_a_connected_drive_is_its_share_however_long(share: str) -> None:
    assert drive_target("Z:", FakeMpr("Z:", share)) == share
    assert drive_target("C:", FakeMpr("Z:", share)) == ""


@pytest.mark.skipif(os.name == "nt", reason="drives are a matter of Windows")
def test_without_windows_there_are_no_drives() -> None:
    assert surroundings().drive_target("Z:") == ""
