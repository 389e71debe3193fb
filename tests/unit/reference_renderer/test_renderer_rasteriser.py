"""Coverage of triangles: the same texels whichever rows are asked for, and none lost between neighbours."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workers.reference_renderer.rasteriser import UvRasteriser

COORDINATE = st.floats(0, 1, allow_subnormal=False)
POINT = st.tuples(COORDINATE, COORDINATE)
TRIANGLES = st.lists(st.tuples(POINT, POINT, POINT), min_size=1, max_size=6)


@given(TRIANGLES, st.integers(1, 31))
def test_rows_asked_for_apart_give_what_they_give_together(
    triangles: list[tuple[tuple[float, float], ...]], cut: int
) -> None:
    rasteriser = UvRasteriser(np.array(triangles), 24, 32)
    whole, upper, lower = rasteriser.cover(0, 32), rasteriser.cover(0, cut), rasteriser.cover(cut, 32)
    np.testing.assert_array_equal(np.concatenate([upper.rows, lower.rows]), whole.rows)
    np.testing.assert_array_equal(np.concatenate([upper.columns, lower.columns]), whole.columns)
    np.testing.assert_array_equal(np.concatenate([upper.triangles, lower.triangles]), whole.triangles)
    np.testing.assert_array_equal(np.concatenate([upper.weights, lower.weights], axis=1), whole.weights)


@given(TRIANGLES)
def test_no_texel_is_covered_twice_and_all_weights_are_inside(
    triangles: list[tuple[tuple[float, float], ...]],
) -> None:
    coverage = UvRasteriser(np.array(triangles), 24, 32).cover(0, 32)
    assert len(np.unique(coverage.rows * 24 + coverage.columns)) == len(coverage.rows)
    assert ((coverage.weights >= 0) & (coverage.weights <= 1)).all()


@given(POINT)
def test_triangles_around_a_point_leave_no_hole_in_the_square(centre: tuple[float, float]) -> None:
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    fan = [(corners[index], corners[(index + 1) % 4], centre) for index in range(4)]
    assert len(UvRasteriser(np.array(fan), 16, 16).cover(0, 16).rows) == 256
