"""Padding is the exactly nearest covered texel, by one fixed rule, in bands as in the whole image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from flatiron_tasks.imaging import nearest
from flatiron_tasks.imaging.convert import Band
from flatiron_tasks.imaging.fill import filled_bands
from flatiron_tasks.imaging.padding import PaddedBand, PaddingRules, padded_bands
from tests.unit.imaging.image_examples import Array


def brute_force(colour: Array, covered: Array, reach: int | None, *, wrap: bool) -> Array:
    """Try every covered texel for every uncovered one; the smallest (dx² + dy², dx, dy) wins."""
    height, width = covered.shape
    result = colour.copy()
    copies = (-1, 0, 1) if wrap else (0,)
    y, x = np.nonzero(covered)
    source_y = np.concatenate([y + copy * height for copy in copies for _ in copies])
    source_x = np.concatenate([x + copy * width for _ in copies for copy in copies])
    for ty, tx in zip(*np.nonzero(~covered), strict=True) if len(y) else ():
        dy, dx = source_y - ty, source_x - tx
        squared = dx * dx + dy * dy
        best = np.argmin((squared << 32) + ((dx + 1000) << 16) + dy + 1000)
        if reach is None or squared[best] <= reach * reach:
            result[ty, tx] = colour[source_y[best] % height, source_x[best] % width]
    return result


class Source:
    """Rows of a picture in which every texel has another colour; counts how often each row was asked for first."""

    def __init__(self, covered: Array) -> None:
        self.covered = covered
        numbers = np.arange(covered.size * 3, dtype=np.uint16).reshape(*covered.shape, 3) + 1
        self.picture = np.where(covered[..., np.newaxis], numbers, 0).astype(np.uint16)
        self.counted = np.zeros(len(covered), int)

    def __call__(self, begin: int, end: int, *, again: bool) -> Band:
        assert 0 <= begin < end <= len(self.covered)
        self.counted[begin:end] += not again
        samples = self.picture[begin:end].copy()
        return Band(samples, samples, self.covered[begin:end].copy())


def padded(source: Source, reach: int | None, *, wrap: bool, band_rows: int, closed: Any = None) -> tuple[Array, int]:
    rows = np.zeros(len(source.covered), np.bool_) if closed is None else closed
    rules = PaddingRules(reach=reach, wrap=wrap, closed_rows=rows)
    make = filled_bands if reach is None else padded_bands
    bands: Iterator[PaddedBand] = make(source, rules, band_rows=band_rows)
    done = list(bands)
    return np.concatenate([band.samples for band in done]), sum(band.filled for band in done)


masks = st.one_of(
    hnp.arrays(np.bool_, st.tuples(st.integers(1, 14), st.integers(1, 14))),
    hnp.arrays(
        np.bool_, st.tuples(st.integers(1, 14), st.integers(1, 14)), elements=st.sampled_from([False] * 12 + [True])
    ),
)


@settings(deadline=None, max_examples=200)
@given(
    covered=masks,
    reach=st.one_of(st.none(), st.integers(1, 6), st.integers(12, 20), st.just(256)),
    wrap=st.booleans(),
    band_rows=st.sampled_from([1, 2, 5, 64]),
)
def test_padding_equals_trying_every_texel(covered: Array, reach: int | None, wrap: bool, band_rows: int) -> None:
    source = Source(covered)
    result, filled = padded(source, reach, wrap=wrap, band_rows=band_rows)
    expected = brute_force(source.picture, covered, reach, wrap=wrap)
    assert np.array_equal(result, expected)
    assert filled == np.count_nonzero((expected != source.picture).any(axis=-1))
    assert (source.counted == 1).all()


@settings(deadline=None, max_examples=100)
@given(covered=masks, reach=st.integers(1, 20), wrap=st.booleans())
def test_both_ways_of_searching_rows_agree(covered: Array, reach: int, wrap: bool) -> None:
    start = np.full(covered.shape[1], nearest.FAR, np.int32)
    up = nearest.distance_above(covered, start, reach)
    down = nearest.distance_above(covered[::-1], start, reach)[::-1]
    offsets = nearest.vertical_offsets(up, down, reach)
    margin = min(reach, covered.shape[1])
    extended = nearest._extended(offsets, margin, wrap=wrap)
    found = [
        sorted(zip(*way(extended, margin, reach), strict=True)) for way in (nearest._by_shifts, nearest._by_search)
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("reach", [22, 23, 32, 33, 64, 256, None])
@pytest.mark.parametrize("wrap", [False, True])
def test_far_padding_in_bands_equals_the_whole_image(reach: int | None, wrap: bool) -> None:
    covered = np.random.default_rng(3).random((150, 180)) < 0.0005
    covered[100:103, 40:90] = True
    source = Source(covered)
    whole, _ = padded(source, reach, wrap=wrap, band_rows=150)
    assert np.array_equal(whole, brute_force(source.picture, covered, reach, wrap=wrap))
    for band_rows in (1, 7, 64):
        assert np.array_equal(padded(source, reach, wrap=wrap, band_rows=band_rows)[0], whole)


def test_blocks_of_columns_do_not_show() -> None:
    covered = np.zeros((5, 2100), np.bool_)
    covered[2, [0, 1020, 1023, 1030, 2050, 2099]] = True
    source = Source(covered)
    for reach in (4, 20):
        result, _ = padded(source, reach, wrap=False, band_rows=5)
        assert np.array_equal(result, brute_force(source.picture, covered, reach, wrap=False))


def test_of_equally_near_texels_the_leftmost_then_the_topmost_gives_the_colour() -> None:
    covered = np.zeros((5, 5), np.bool_)
    covered[0, 2] = covered[4, 2] = covered[2, 0] = covered[2, 4] = True
    source = Source(covered)
    result, _ = padded(source, 2, wrap=False, band_rows=5)
    assert np.array_equal(result[2, 2], source.picture[2, 0])
    assert np.array_equal(result[1, 2], source.picture[0, 2])
    covered[2, 0] = covered[2, 4] = False
    source = Source(covered)
    assert np.array_equal(padded(source, 2, wrap=False, band_rows=5)[0][2, 2], source.picture[0, 2])


@pytest.mark.parametrize("reach", [0, 3, None])
def test_nothing_covered_gives_nothing(reach: int | None) -> None:
    result, filled = padded(Source(np.zeros((9, 9), np.bool_)), reach, wrap=True, band_rows=4)
    assert filled == 0
    assert not result.any()


@pytest.mark.parametrize("reach", [3, None])
def test_closed_rows_are_left_alone_but_may_give_colour(reach: int | None) -> None:
    covered = np.zeros((9, 9), np.bool_)
    covered[4, 4] = True
    closed = np.zeros(9, np.bool_)
    closed[4:6] = True
    source = Source(covered)
    result, _ = padded(source, reach, wrap=False, band_rows=2, closed=closed)
    expected = brute_force(source.picture, covered, reach, wrap=False)
    expected[4:6] = source.picture[4:6]
    assert np.array_equal(result, expected)
