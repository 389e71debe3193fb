"""Two spellings of one file."""

from __future__ import annotations

from pathlib import PureWindowsPath

import pytest

from max_submitter.scene.file_names import is_same_file


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"C:\Bakes\Complete.png", "c:/bakes/complete.PNG"),
        (r"\\server\share\a.png", "//SERVER/share/a.png"),
        (r"C:\bakes\..\bakes\a.png", r"C:\bakes\a.png"),
        ("/mnt/bakes/a.png", "/mnt/bakes/A.png"),
    ],
)
def test_windows_means_one_file(one: str, other: str) -> None:
    assert is_same_file(one, PureWindowsPath(other))


@pytest.mark.parametrize(
    ("one", "other"), [("a.png", "b.png"), (r"C:\a.png", r"D:\a.png"), ("", r"C:\a.png"), (r"Z:\a.png", r"\\s\z\a.png")]
)
def test_different_files_stay_different(one: str, other: str) -> None:
    assert not is_same_file(one, other)
