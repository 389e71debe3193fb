"""Padding is the exactly nearest covered texel, by one fixed rule, in bands as in the whole image."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from flatiron_tasks.imaging.fill import FillSurvey
from flatiron_tasks.imaging.padding import pad_rows
from tests.unit.imaging.image_examples import Array
from tests.unit.imaging.padding_examples import brute_force, filled_up, padded, picture

DTYPES = (np.uint8, np.uint16, np.float16, np.float32)


def sizes(most: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(1, most), st.integers(1, most))


masks = st.one_of(
    hnp.arrays(np.bool_, sizes(14)),
    hnp.arrays(np.bool_, sizes(14), elements=st.sampled_from([False] * 12 + [True])),
    hnp.arrays(np.bool_, sizes(14), elements=st.sampled_from([True] * 12 + [False])),
    hnp.arrays(np.bool_, st.tuples(st.just(1), st.integers(1, 90)), elements=st.sampled_from([False] * 9 + [True])),
    hnp.arrays(np.bool_, st.tuples(st.integers(1, 40), st.just(1)), elements=st.sampled_from([False] * 9 + [True])),
)
reaches = st.one_of(st.integers(0, 6), st.integers(12, 20), st.sampled_from([22, 255, 1024, 65536]))


@settings(deadline=None, max_examples=300)
@given(
    covered=masks,
    reach=reaches,
    wrap=st.booleans(),
    band_rows=st.sampled_from([1, 2, 5, 64]),
    dtype=st.sampled_from(DTYPES),
    channels=st.sampled_from([3, 4]),
)
def test_padding_equals_trying_every_texel(
    covered: Array, reach: int, wrap: bool, band_rows: int, dtype: Any, channels: int
) -> None:
    colour = picture(covered, dtype, channels)
    result, filled = padded(colour, covered, reach, wrap=wrap, band_rows=band_rows)
    expected, count = brute_force(colour, covered, reach, wrap=wrap)
    assert result.tobytes() == expected.tobytes()
    assert filled == count


@settings(deadline=None, max_examples=300)
@given(
    covered=masks,
    wrap=st.booleans(),
    band_rows=st.sampled_from([1, 2, 5, 64]),
    dtype=st.sampled_from(DTYPES),
    channels=st.sampled_from([3, 4]),
)
def test_filling_equals_trying_every_texel(
    covered: Array, wrap: bool, band_rows: int, dtype: Any, channels: int
) -> None:
    colour = picture(covered, dtype, channels)
    result, filled = filled_up(colour, covered, wrap=wrap, band_rows=band_rows)
    expected, count = brute_force(colour, covered, None, wrap=wrap)
    assert result.tobytes() == expected.tobytes()
    assert filled == count


@pytest.mark.parametrize("reach", [0, 1, 16, 22, 255, 1024])
@pytest.mark.parametrize("wrap", [False, True])
def test_padding_in_bands_equals_the_whole_image(reach: int, wrap: bool) -> None:
    covered = np.random.default_rng(3).random((70, 90)) < 0.001
    covered[50:53, 20:75] = True
    colour = picture(covered, np.float32)
    whole = padded(colour, covered, reach, wrap=wrap)
    expected, filled = brute_force(colour, covered, reach, wrap=wrap)
    assert whole[0].tobytes() == expected.tobytes()
    assert whole[1] == filled
    for band_rows in (1, 7, 16, 64):
        in_bands = padded(colour, covered, reach, wrap=wrap, band_rows=band_rows)
        assert in_bands[0].tobytes() == whole[0].tobytes()
        assert in_bands[1] == whole[1]


@pytest.mark.parametrize("wrap", [False, True])
def test_filling_in_bands_equals_the_whole_image(wrap: bool) -> None:
    covered = np.random.default_rng(3).random((70, 90)) < 0.001
    covered[30:45, 20:75] = True
    colour = picture(covered, np.float32)
    expected, filled = brute_force(colour, covered, None, wrap=wrap)
    for band_rows in (1, 7, 16, 64, 70):
        result = filled_up(colour, covered, wrap=wrap, band_rows=band_rows)
        assert result[0].tobytes() == expected.tobytes()
        assert result[1] == filled


@pytest.mark.parametrize("width", [63, 64, 65, 127, 130, 200])
def test_long_runs_of_any_length_and_place_are_seen(width: int) -> None:
    covered = np.ones((3, width), np.bool_)
    covered[1, 1::67] = covered[1, width - 1] = False
    covered[2] = False
    covered[2, [0, width // 2]] = True
    colour = picture(covered)
    for wrap in (False, True):
        assert np.array_equal(padded(colour, covered, 3, wrap=wrap)[0], brute_force(colour, covered, 3, wrap=wrap)[0])


NEIGHBOURS = [(0, -5), (-3, -4), (3, -4), (-4, -3), (4, -3), (-5, 0), (5, 0), (-4, 3), (4, 3), (-3, 4), (3, 4), (0, 5)]
"""All offsets (dy, dx) of length 5, in the order of the rule: leftmost first, then topmost."""


@pytest.mark.parametrize("first", range(len(NEIGHBOURS)))
@pytest.mark.parametrize("reach", [5, 40, None])
def test_of_equally_near_texels_the_leftmost_then_the_topmost_gives_the_colour(first: int, reach: int | None) -> None:
    covered = np.zeros((11, 11), np.bool_)
    for dy, dx in NEIGHBOURS[first:]:
        covered[5 + dy, 5 + dx] = True
    colour = picture(covered)
    result, _ = filled_up(colour, covered) if reach is None else padded(colour, covered, reach)
    dy, dx = NEIGHBOURS[first]
    assert np.array_equal(result[5, 5], colour[5 + dy, 5 + dx])
    assert np.array_equal(result, brute_force(colour, covered, reach, wrap=False)[0])


@settings(deadline=None, max_examples=300)
@given(row=st.integers(0, 10), chosen=st.lists(st.booleans(), min_size=31, max_size=31), wrap=st.booleans())
def test_three_sources_at_one_distance_obey_the_rule_along_the_whole_row(
    row: int, chosen: list[bool], wrap: bool
) -> None:
    """Sources on circles around places of one row: envelopes in which many columns meet in one texel."""
    covered = np.zeros((11, 31), np.bool_)
    for x in np.flatnonzero(chosen):
        squared = 25 - (int(x) % 10 - 5) ** 2
        covered[(row + round(squared**0.5)) % 11, x] = True
    colour = picture(covered)
    expected = brute_force(colour, covered, 12, wrap=wrap)[0]
    assert np.array_equal(padded(colour, covered, 12, wrap=wrap, band_rows=3)[0], expected)


def test_on_a_tiling_row_the_source_to_the_left_wins_halfway_round() -> None:
    covered = np.zeros((1, 8), np.bool_)
    covered[0, [0, 4]] = True
    colour = picture(covered)
    result, _ = padded(colour, covered, 100, wrap=True)
    assert np.array_equal(result[0, 2], colour[0, 0])
    assert np.array_equal(result[0, 6], colour[0, 4])
    covered[0, 4] = False
    colour = picture(covered)
    assert np.array_equal(padded(colour, covered, 3, wrap=True)[0][0, 4], colour[0, 4])
    assert padded(colour, covered, 4, wrap=True)[1] == 7


@pytest.mark.parametrize("side", ["top", "bottom", "left", "right"])
def test_on_a_tiling_map_a_hole_at_a_border_is_filled_from_the_opposite_one(side: str) -> None:
    covered = np.ones((12, 12), np.bool_)
    hole = {"top": np.s_[:5, 3:9], "bottom": np.s_[-5:, 3:9], "left": np.s_[3:9, :5], "right": np.s_[3:9, -5:]}
    covered[hole[side]] = False
    colour = picture(covered)
    expected, _ = brute_force(colour, covered, None, wrap=True)
    assert np.array_equal(filled_up(colour, covered, wrap=True, band_rows=4)[0], expected)
    assert np.array_equal(padded(colour, covered, 6, wrap=True, band_rows=4)[0], expected)


@pytest.mark.parametrize("reach", [0, 3, None])
@pytest.mark.parametrize("covered", [np.zeros((9, 9), np.bool_), np.ones((9, 9), np.bool_)])
def test_nothing_or_everything_covered_changes_nothing(reach: int | None, covered: Array) -> None:
    colour = picture(covered)
    result, filled = (
        filled_up(colour, covered, wrap=True) if reach is None else padded(colour, covered, reach, wrap=True)
    )
    assert filled == 0
    assert np.array_equal(result, colour)


@pytest.mark.parametrize("reach", [3, None])
def test_closed_rows_are_left_alone_but_may_give_colour(reach: int | None) -> None:
    covered = np.zeros((9, 9), np.bool_)
    covered[4, 4] = True
    colour = picture(covered)
    closed = (4, 5)
    if reach is None:
        result, filled = filled_up(colour, covered, band_rows=2, closed=closed)
    else:
        result, filled = padded(colour, covered, reach, band_rows=2, closed=closed)
    expected, _ = brute_force(colour, covered, reach, wrap=False)
    expected[4:6] = colour[4:6]
    assert np.array_equal(result, expected)
    assert filled == np.count_nonzero((expected != colour).any(axis=-1))


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("dtype", DTYPES)
def test_other_samples_get_the_colour_and_keep_their_alpha(dtype: Any, channels: int) -> None:
    covered = np.random.default_rng(1).random((20, 30)) < 0.05
    colour = picture(covered, dtype)
    before = colour.copy()
    samples = np.full((10, 30, channels), 3, dtype)
    expected = samples.copy()
    rows = slice(5, 15)
    wanted, filled = brute_force(colour, covered, 4, wrap=False)
    changed = (wanted != colour).any(axis=-1)[rows]
    expected[changed, :3] = wanted[rows][changed]
    count = pad_rows(
        colour, covered, first=5, rows=10, reach=4, wrap=False, open_rows=np.ones(10, np.bool_), samples=samples
    )
    assert samples.tobytes() == expected.tobytes()
    assert count == np.count_nonzero(changed) < filled
    assert np.array_equal(colour, before)


def test_a_view_of_the_colours_among_other_channels_is_padded_in_place() -> None:
    covered = np.random.default_rng(2).random((20, 30)) < 0.05
    samples = picture(covered, np.float16, 4)
    expected = brute_force(samples, covered, 6, wrap=False)[0]
    pad_rows(samples[..., :3], covered, first=0, rows=20, reach=6, wrap=False, open_rows=np.ones(20, np.bool_))
    assert samples.tobytes() == expected.tobytes()


def test_colours_whose_rows_lie_apart_are_found() -> None:
    covered = np.random.default_rng(2).random((20, 30)) < 0.05
    wide = np.zeros((20, 40, 4), np.uint8)
    wide[:, 4:34] = picture(covered, np.uint8, 4)
    expected = wide.copy()
    expected[:, 4:34] = brute_force(wide[:, 4:34], covered, 6, wrap=False)[0]
    every = np.ones(20, np.bool_)
    pad_rows(wide[:, 4:34], covered, first=0, rows=20, reach=6, wrap=False, open_rows=every)
    assert np.array_equal(wide, expected)


def test_bits_of_colours_are_copied_as_they_are() -> None:
    covered = np.array([[True, False]])
    colour = np.zeros((1, 2, 3), np.float32)
    colour.view(np.uint32)[0, 0] = (0x7FC00123, 0x80000000, 0x00000001)  # a marked NaN, minus zero, the smallest
    result, _ = padded(colour, covered, 1)
    assert result[0, 1].tobytes() == colour[0, 0].tobytes()


@pytest.mark.parametrize("wrap", [False, True])
def test_threads_do_not_show(wrap: bool) -> None:
    covered = np.random.default_rng(5).random((120, 90)) < 0.01
    colour = picture(covered)
    expected, _ = filled_up(colour, covered, wrap=wrap)
    survey = FillSurvey(90, 120, wrap)
    tops = range(0, 120, 10)
    for top in tops:
        survey.add(top, colour[top : top + 10], covered[top : top + 10])
    survey.finish()
    result = colour.copy()
    every = np.ones(10, np.bool_)

    def fill(top: int) -> int:
        return survey.fill(top, result[top : top + 10], covered[top : top + 10], every)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(fill, tops)) == np.count_nonzero(~covered)
    assert np.array_equal(result, expected)
