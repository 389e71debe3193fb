"""Paths that cross a process border have one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.errors import BadInputError


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        (r"\\server\share", "//server/share"),
        (r"\\server\share\bakes" + "\\", "//server/share/bakes"),
        ("//server/share//bakes/./x/", "//server/share/bakes/x"),
        ("//server/share\\mixed", "//server/share/mixed"),
        ("c:\\textures\\", "C:/textures"),
        ("C:/", "C:/"),
        ("/", "/"),
        ("/mnt/share/", "/mnt/share"),
        ("/mnt/a\\b", "/mnt/a\\b"),
        ("/mnt/with space/été", "/mnt/with space/été"),
    ],
)
def test_a_path_gets_its_canonical_spelling(written: str, canonical: str) -> None:
    assert paths.canonical_path(written) == canonical
    assert paths.is_canonical(canonical)


@pytest.mark.parametrize(
    "written",
    [
        *("", ".", "bakes", "\\relative", "C:", "C:bakes", "//server", "\\\\"),
        *("/a/../b", "//server/share/../../x", "C:/a/..", "//server/share/.. /x"),
        *("C:/a*", "//server/share/a:b", "\\\\?\\C:\\x", "/a\0b", "C:/a/b."),
    ],
)
def test_a_path_that_is_relative_climbs_or_cannot_exist_is_refused(written: str) -> None:
    with pytest.raises(BadInputError):
        paths.canonical_path(written)
    assert not paths.is_canonical(written)


@given(st.sampled_from(["/", "C:/", "c:\\", "//server/share/", "\\\\server\\share\\"]), st.text(max_size=30))
def test_the_canonical_spelling_is_a_fixed_point(prefix: str, rest: str) -> None:
    try:
        once = paths.canonical_path(prefix + rest)
    except BadInputError:
        return
    assert paths.canonical_path(once) == once
    assert ".." not in once.split("/")


def test_flavours_are_told_apart() -> None:
    assert paths.is_windows_path("//server/share")
    assert paths.is_windows_path("C:/x")
    assert not paths.is_windows_path("/mnt")
    assert paths.has_drive("Z:/bakes")
    assert not paths.has_drive("//server/share")


def test_joining_and_parent_are_inverse() -> None:
    assert paths.join("/", "a") == "/a"
    assert paths.join("C:/", "a", "b") == "C:/a/b"
    assert paths.join("//server/share", "a") == "//server/share/a"
    assert [paths.parent(path) for path in ("/a", "C:/a", "//server/share/a")] == ["/", "C:/", "//server/share"]
