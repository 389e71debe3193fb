"""Coverage of UV triangles: equal to an exact slow reference, no texel taken twice at a shared edge."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from max_submitter.preflight.coverage import Coverage

Point = tuple[float, float]
SIZE = 16
# Sixteenths and their halves put corners on texel centres and borders, where rules of half-open edges matter;
# such numbers are exact in floating point.
SNAPPED = st.integers(-32, 96).map(lambda number: number / 64)
POINT = st.tuples(SNAPPED, SNAPPED)
TRIANGLE = st.tuples(POINT, POINT, POINT)
MASK = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), max_size=6)


def covered(*triangles: tuple[Point, Point, Point], width: int = SIZE, height: int = SIZE) -> set[Point]:
    coverage = Coverage(width, height)
    coverage.add([value for triangle in triangles for point in triangle for value in point])
    return texels(coverage)


def texels(coverage: Coverage) -> set[Point]:
    return {(x, y) for y, bits in coverage.rows.items() for x in range(coverage.width) if bits >> x & 1}


def from_texels(points: list[tuple[int, int]]) -> Coverage:
    coverage = Coverage(SIZE, SIZE)
    for x, y in points:
        coverage.rows[y] = coverage.rows.get(y, 0) | 1 << x
    return coverage


def side(a: Point, b: Point, p: Point) -> float:
    """On which side of a-b the point p lies. Exact: all numbers are multiples of 1/64 below 2."""
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def sides_of_centres(triangle: tuple[Point, Point, Point]) -> dict[Point, tuple[float, float, float]]:
    a, b, c = triangle
    centres = {(x, y): ((x + 0.5) / SIZE, (y + 0.5) / SIZE) for x in range(SIZE) for y in range(SIZE)}
    return {texel: (side(a, b, p), side(b, c, p), side(c, a, p)) for texel, p in centres.items()}


@given(TRIANGLE)
def test_a_texel_is_covered_exactly_if_its_centre_lies_in_the_triangle(triangle: tuple[Point, Point, Point]) -> None:
    found = covered(triangle)
    if side(*triangle) == 0:
        assert found == set()
        return
    sides = sides_of_centres(triangle)
    strictly_inside = {texel for texel, (a, b, c) in sides.items() if min(a, b, c) > 0 or max(a, b, c) < 0}
    not_outside = {texel for texel, (a, b, c) in sides.items() if min(a, b, c) >= 0 or max(a, b, c) <= 0}
    assert strictly_inside <= found <= not_outside


@given(st.permutations(range(3)), TRIANGLE)
def test_the_order_of_corners_makes_no_difference(order: list[int], triangle: tuple[Point, Point, Point]) -> None:
    first, second, third = (triangle[index] for index in order)
    assert covered((first, second, third)) == covered(triangle)


@given(POINT, POINT, POINT, POINT)
def test_triangles_that_share_an_edge_share_no_texel(a: Point, b: Point, c: Point, d: Point) -> None:
    if side(c, d, a) * side(c, d, b) < 0:  # a and b lie on either side of the edge c-d
        assert covered((a, c, d)) & covered((b, c, d)) == set()


@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=6, unique=True))
def test_stripes_of_a_full_square_cover_each_texel_once(cuts: list[float]) -> None:
    columns = [0.0, *sorted(cuts), 1.0]
    parts = [covered(((a, 0.0), (b, 0.0), (b, 1.0)), ((a, 0.0), (b, 1.0), (a, 1.0))) for a, b in pairwise(columns)]
    assert sum(map(len, parts)) == SIZE * SIZE == len(set().union(*parts))


@given(st.lists(st.floats(), min_size=6, max_size=6))
def test_no_number_breaks_the_coverage(corners: list[float]) -> None:
    coverage = Coverage(SIZE, SIZE)
    coverage.add(corners)
    assert all(0 <= y < SIZE and 0 < bits < 1 << SIZE for y, bits in coverage.rows.items())


def test_numbers_that_are_none_cover_nothing_and_keep_the_rest() -> None:
    coverage = Coverage(SIZE, SIZE)
    coverage.add([math.nan, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, math.inf, 1.0, 1.0])
    assert texels(coverage) == covered(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))


@given(MASK, st.integers(0, 12) | st.floats(0, 12))
def test_dilation_reaches_exactly_the_texels_within_the_radius(points: list[tuple[int, int]], radius: float) -> None:
    expected = {
        (x, y)
        for x in range(SIZE)
        for y in range(SIZE)
        if any((x - px) ** 2 + (y - py) ** 2 <= radius * radius for px, py in points)
    }
    assert texels(from_texels(points).dilated(radius)) == expected


@given(MASK, MASK)
def test_common_texels_are_counted_once(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    assert from_texels(first).common(from_texels(second)) == len(set(first) & set(second))
