"""Pairs of objects that overlap or come too close: the same as comparing every pair, and what the artist reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from max_submitter.preflight.coverage import Coverage
from max_submitter.preflight.inputs import SceneFacts
from max_submitter.preflight.run import run_slow
from max_submitter.preflight.uv_pairs import close_pairs, overlapping_pairs
from max_submitter.scene.facts import ObjectGroup, UvTriangles
from tests.unit.preflight.scenes import COLOUR, FACTS, GOOD, Bench, World, an_object, settings, square, the_finding

TEXELS = st.frozensets(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=5)


def test_a_map_is_full_with_its_last_texel() -> None:
    everything = frozenset((x, y) for x in range(12) for y in range(12))
    assert coverage(everything).is_full
    assert not coverage(everything - {(11, 11)}).is_full
    assert not coverage(everything - {(x, 5) for x in range(12)}).is_full


def coverage(points: frozenset[tuple[int, int]]) -> Coverage:
    found = Coverage(12, 12)
    for x, y in points:
        found.rows[y] = found.rows.get(y, 0) | 1 << x
    return found


@given(st.lists(TEXELS, max_size=6), st.floats(1, 8))
def test_pairs_are_those_of_comparing_each_with_each(parts: list[frozenset[tuple[int, int]]], distance: float) -> None:
    objects = [an_object(handle, f"o{handle}") for handle in range(len(parts))]
    rows = {handle: coverage(points) for handle, points in enumerate(parts)}
    both = {(first, second): len(parts[first] & parts[second]) for first, second in combinations(range(len(parts)), 2)}
    close = {
        (first, second)
        for first, second in both
        if any((x - u) ** 2 + (y - v) ** 2 <= distance**2 for x, y in parts[first] for u, v in parts[second])
    }
    overlapping = overlapping_pairs(objects, rows, lambda: False)
    assert {(pair.first.handle, pair.second.handle): pair.cells for pair in overlapping} == {
        pair: cells for pair, cells in both.items() if cells
    }
    near = close_pairs(objects, rows, distance, lambda: False)
    assert {(pair.first.handle, pair.second.handle) for pair in near} == {pair for pair in close if not both[pair]}


def crowd(uvs: Sequence[UvTriangles]) -> SceneFacts:
    objects = tuple(an_object(handle, f"Stone {handle}") for handle in range(len(uvs)))
    return replace(FACTS, groups=(ObjectGroup("castle", objects),), uvs=dict(enumerate(uvs)))


def test_an_overlap_names_the_pair_and_its_texels() -> None:
    facts = crowd([square(0.0, 0.0, 0.5, 1.0), square(0.25, 0.0, 0.5, 0.5)])
    given_ = replace(settings(elements=(replace(COLOUR, width=4096, height=4096),)), scene=facts)
    assert the_finding("uv-overlap", given_).what == (
        'UVs lie on each other on map 0 of "castle": "Stone 0" and "Stone 1" (about 2,097,152 texels).'
    )


def test_many_overlaps_are_told_shortly() -> None:
    facts = crowd([square(0.0, 0.0, 0.5, 0.5)] * 5)
    assert the_finding("uv-overlap", replace(GOOD, scene=facts)).what.endswith(" and 5 more.")


def test_objects_of_different_maps_may_lie_on_each_other() -> None:
    facts = crowd([square(0.0, 0.0, 0.5, 0.5)] * 2)
    objects = (an_object(0, "Stone 0", 0), an_object(1, "Stone 1", 1))
    apart = replace(GOOD, scene=replace(facts, groups=(ObjectGroup("castle", objects),)))
    assert list(run_slow(apart, Bench(), World(), lambda: False)) == []


def test_a_gutter_is_measured_at_the_smallest_texture() -> None:
    """5 % of 256 texels hold twice 4 texels of padding, 5 % of 64 do not."""
    facts = crowd([square(0.0, 0.0, 0.475, 1.0), square(0.525, 0.0, 1.0, 1.0)])
    small = settings(elements=(COLOUR, replace(COLOUR, name="NormalsMap", stem="N", width=64, height=64)))
    assert list(run_slow(replace(GOOD, scene=facts), Bench(), World(), lambda: False)) == []
    assert "at 64x64" in the_finding("uv-gutter", replace(small, scene=facts)).what


def test_a_large_texture_is_looked_at_in_scale() -> None:
    """At 4096 a gutter of 16 texels is enough for 8 of padding; one of 8 texels is not."""
    large = settings(elements=(replace(COLOUR, width=4096, height=4096),), padding=8)
    wide = crowd([square(0.0, 0.0, 2040 / 4096, 1.0), square(2060 / 4096, 0.0, 1.0, 1.0)])
    narrow = crowd([square(0.0, 0.0, 2044 / 4096, 1.0), square(2052 / 4096, 0.0, 1.0, 1.0)])
    assert list(run_slow(replace(large, scene=wide), Bench(), World(), lambda: False)) == []
    assert "Less than 16 texels" in the_finding("uv-gutter", replace(large, scene=narrow)).what


@pytest.mark.parametrize(("side", "padding"), [(1024, 4), (2048, 1), (4096, 1), (8192, 2), (8192, 4), (8192, 64)])
def test_half_the_gutter_is_seen_to_be_too_small_at_any_size(side: int, padding: int) -> None:
    large = settings(elements=(replace(COLOUR, width=side, height=side),), padding=padding)
    facts = crowd([square(0.0, 0.0, 0.5, 1.0), square(0.5 + padding / side, 0.0, 1.0, 1.0)])
    assert f"Less than {2 * padding} texels" in the_finding("uv-gutter", replace(large, scene=facts)).what


class Watched(list[float]):
    """Corners that count how often they are asked for."""

    asked = 0

    def __getitem__(self, index: object) -> object:  # type: ignore[override]
        self.asked += 1
        return super().__getitem__(index)  # type: ignore[call-overload]


def test_faces_that_each_fill_the_map_are_not_all_drawn() -> None:
    """A channel that was never unwrapped would take minutes otherwise."""
    corners = Watched([*square(0.0, 0.0, 1.0, 1.0).corners] * 50_000)
    facts = crowd([UvTriangles(corners, is_complete=True)])
    assert list(run_slow(replace(GOOD, scene=facts), Bench(), World(), lambda: False)) == []
    assert corners.asked < 5


@given(st.integers(0, 60))
def test_a_cancelled_run_says_nothing_that_a_whole_run_would_not(patience: int) -> None:
    facts = crowd([square(0.0, 0.0, 0.5, 0.5)] * 2)
    world = World(silent=(r"D:\textures",), redis="No.")
    whole = list(run_slow(replace(GOOD, scene=facts), Bench(), world, lambda: False))
    left = iter([False] * patience)
    cut = list(run_slow(replace(GOOD, scene=facts), Bench(), world, lambda: next(left, True)))
    assert cut == whole[: len(cut)]
    assert cut == [] or patience > 0
