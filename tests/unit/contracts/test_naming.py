"""Texture names: `[<group>_]<stem>[_<map index>][_<frame, 4 digits>].<ext>`, as the artist's tool writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts import naming
from flatiron_tasks.contracts.errors import BadInputError


@pytest.mark.parametrize(
    ("group", "map_index", "frame", "expected"),
    [
        ("", None, None, "CompleteMap.png"),
        ("booth_a", None, None, "booth_a_CompleteMap.png"),
        ("", 0, None, "CompleteMap_0.png"),
        ("", 2, None, "CompleteMap_2.png"),
        ("", None, 102, "CompleteMap_0102.png"),
        ("", 0, 56, "CompleteMap_0_0056.png"),
        ("", 1, 57, "CompleteMap_1_0057.png"),
        ("room_1", 10, 7, "room_1_CompleteMap_10_0007.png"),
        ("", None, 0, "CompleteMap_0000.png"),
        ("", None, 9999, "CompleteMap_9999.png"),
        ("", None, 10000, "CompleteMap_10000.png"),
        ("", None, 1234567, "CompleteMap_1234567.png"),
        ("", None, -5, "CompleteMap_-0005.png"),
        ("", None, -12345, "CompleteMap_-12345.png"),
        ("unnamed", None, None, "unnamed_CompleteMap.png"),
        ("Größe 漢字", None, None, "Größe 漢字_CompleteMap.png"),
        ("con", None, None, "con_CompleteMap.png"),
    ],
)
def test_a_texture_is_named_as_the_artists_tool_names_it(
    group: str, map_index: int | None, frame: int | None, expected: str
) -> None:
    assert naming.texture_file_name(group, "CompleteMap", ".png", map_index=map_index, frame=frame) == expected


@pytest.mark.parametrize(
    "part",
    [
        "a/b",
        "a\\b",
        "..",
        ".",
        "C:x",
        "a:b",
        "a*",
        "a?",
        'a"',
        "a<b",
        "a>b",
        "a|b",
        "a\0",
        "a\nb",
        "a\x7f",
        " a",
        "a ",
        "a.",
    ],
)
def test_a_part_that_some_machine_cannot_store_is_refused(part: str) -> None:
    with pytest.raises(BadInputError):
        naming.texture_file_name("", part, ".png", map_index=None, frame=None)
    with pytest.raises(BadInputError):
        naming.texture_file_name(part, "CompleteMap", ".png", map_index=None, frame=None)


@pytest.mark.parametrize("stem", ["nul", "NUL", "Con", "com1", "LPT9", "com¹", "aux.v2", "prn .x", "CONIN$"])
def test_a_device_name_of_windows_is_refused(stem: str) -> None:
    with pytest.raises(BadInputError, match="device name"):
        naming.texture_file_name("", stem, ".png", map_index=None, frame=None)


def test_a_stem_is_never_empty_and_a_name_never_too_long_in_bytes() -> None:
    with pytest.raises(BadInputError):
        naming.texture_file_name("", "", ".png", map_index=None, frame=None)
    assert naming.texture_file_name("", "a" * 196, ".png", map_index=None, frame=None)
    with pytest.raises(BadInputError, match="too long"):
        naming.texture_file_name("", "a" * 197, ".png", map_index=None, frame=None)
    with pytest.raises(BadInputError, match="too long"):
        naming.texture_file_name("", "漢" * 80, ".png", map_index=None, frame=None)


@pytest.mark.parametrize(
    "names",
    [
        ("a.png", "a.png"),
        ("Map.png", "map.PNG"),
        ("caf\u00e9.png", "cafe\u0301.png"),
        ("x.png", "a.png", "b.png", "A.png"),
    ],
    ids=["equal", "case", "accent", "apart"],
)
def test_two_textures_with_one_name_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(BadInputError, match="same file name"):
        naming.refuse_equal_names(names)


def test_different_names_are_accepted() -> None:
    naming.refuse_equal_names(["a.png", "b.png", "a_0.png", "a.tif"])


@given(
    st.text(min_size=1, max_size=20),
    st.text(max_size=20),
    st.none() | st.integers(0, 999),
    st.none() | st.integers(-999_999, 9_999_999),
)
def test_a_name_is_either_refused_or_one_plain_file_name(
    stem: str, group: str, map_index: int | None, frame: int | None
) -> None:
    try:
        name = naming.texture_file_name(group, stem, ".png", map_index=map_index, frame=frame)
    except BadInputError:
        return
    assert name not in (".", "..")
    assert not set(name) & set('<>:"/\\|?*')
    assert len(name.encode()) <= 200
    naming.check_file_name(name)


def test_names_of_pieces_sort_as_the_plan_does_and_name_pass_strip_and_element() -> None:
    assert naming.piece_file_name(3, 1, 0, "019c1234abcd-0a1b2c3d") == "p00003-s01-e00.019c1234abcd-0a1b2c3d.exr"
    assert naming.receipt_file_name(3, 1, 0, "019c1234abcd-0a1b2c3d") == "p00003-s01-e00.019c1234abcd-0a1b2c3d.json"
    assert naming.layer_stem(12, 2) == "p00012-e02"
    assert naming.task_stem(7, "019c1234abcd-0a1b2c3d") == "t00007.019c1234abcd-0a1b2c3d"
