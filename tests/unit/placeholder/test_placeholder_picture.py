"""The picture fills the image, says BAKING where that fits, and has few distinct rows at any size."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from max_submitter.placeholder.font import BAKING, BAKING_COMPACT, Bitmap, characters_in, readable, text_bitmap
from max_submitter.placeholder.picture import Picture, Role, compose

sides = st.integers(1, 5000)


def roles(picture: Picture) -> npt.NDArray[np.int64]:
    rows = [np.repeat([role for role, _ in row], [length for _, length in row]) for row in picture.rows]
    return np.concatenate([np.repeat(rows[row][None], count, axis=0) for row, count in picture.runs])


def ink_box(picture: Picture) -> npt.NDArray[np.bool_]:
    """The smallest box around all text."""
    ink = roles(picture) == Role.TEXT
    lines, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    box: npt.NDArray[np.bool_] = ink[lines[0] : lines[-1] + 1, columns[0] : columns[-1] + 1]
    return box


def dots(bitmap: Bitmap) -> npt.NDArray[np.bool_]:
    return np.array([[dot == "#" for dot in line] for line in bitmap])


@given(width=sides, height=sides, grid=st.sampled_from([1, 8]), name=st.text(max_size=40))
def test_rows_and_runs_fill_the_image_exactly(width: int, height: int, grid: int, name: str) -> None:
    picture = compose(width, height, name, grid=grid)
    assert sum(count for _, count in picture.runs) == height
    assert all(sum(length for _, length in row) == width for row in picture.rows)
    assert {row for row, _ in picture.runs} == set(range(len(picture.rows)))
    assert len(set(picture.rows)) == len(picture.rows)


@given(width=sides, height=sides)
def test_all_edges_lie_on_the_grid(width: int, height: int) -> None:
    picture = compose(width, height, "kitchen", grid=8)
    assert all(count % 8 == 0 for _, count in picture.runs[:-1])
    assert all(length % 8 == 0 for row in picture.rows for _, length in row[:-1])


@pytest.mark.parametrize("side", [1024, 2048, 4096, 8192, 16384, 4099, 8191])
def test_large_images_have_few_distinct_rows(side: int) -> None:
    assert len(compose(side, side, "kitchen final v12").rows) <= 100


@pytest.mark.parametrize(
    ("width", "height", "grid", "word"),
    [
        (64, 64, 1, BAKING),
        (256, 256, 1, BAKING),
        (1024, 1024, 1, BAKING),
        (2048, 512, 1, BAKING),
        (37, 4000, 1, BAKING),
        (32, 32, 1, BAKING_COMPACT),
        (1024, 1024, 8, BAKING),
        (256, 256, 8, BAKING_COMPACT),
    ],
)
def test_the_image_says_baking_in_whole_dots(width: int, height: int, grid: int, word: Bitmap) -> None:
    ink = ink_box(compose(width, height, "", grid=grid))
    scale = ink.shape[0] // len(word)
    assert np.array_equal(ink, np.kron(dots(word), np.ones((scale, scale), dtype=bool)))


def test_the_name_stands_below_the_word() -> None:
    ink = ink_box(compose(64, 64, "Küche"))
    assert np.array_equal(ink[:7], dots(BAKING))
    name = ink[-7:]
    columns = np.flatnonzero(name.any(axis=0))
    assert np.array_equal(name[:, columns[0] : columns[-1] + 1], dots(text_bitmap("KUCHE")))


@given(name=st.text(min_size=10, max_size=300))
def test_a_name_too_long_never_leaves_the_band(name: str) -> None:
    indices = roles(compose(64, 64, name))
    assert not (indices[:, [0, 1, -2, -1]] == Role.TEXT).any()


@pytest.mark.parametrize("size", [(1, 1), (20, 20), (20, 500), (500, 6)])
def test_without_room_for_the_word_there_is_only_the_pattern(size: tuple[int, int]) -> None:
    assert set(np.unique(roles(compose(*size, "kitchen")))) <= {Role.GROUND, Role.STRIPE}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("kitchen-final_v1.2", "KITCHEN-FINAL_V1.2"),
        ("Straße Café", "STRASSE CAFE"),
        ("a:b/c", "A_B_C"),
        ("台所", "__"),
        ("  x ", "X"),
        ("", ""),
    ],
)
def test_any_name_becomes_readable(name: str, shown: str) -> None:
    assert readable(name) == shown


@given(name=st.text(min_size=1))
def test_every_readable_name_can_be_set(name: str) -> None:
    shown = readable(name)
    bitmap = text_bitmap(shown)
    assert len(bitmap) == 7
    assert characters_in(len(bitmap[0])) == len(shown)


def test_no_two_characters_look_the_same() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_. "
    assert len({text_bitmap(character) for character in alphabet}) == len(alphabet)
    assert all({len(line) for line in text_bitmap(character)} == {5} for character in alphabet)
