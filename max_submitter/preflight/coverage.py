"""Which texels of an atlas a set of UV triangles covers: one whole number per row, one bit per texel.

A texel is covered if its centre lies in a triangle. Edges are half open, so that triangles that only share an edge
never cover the same texel. Pure Python: a row's bits are combined by one operation on whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_FARTHEST: Final = 1e6
"""UVs beyond this (or that are no numbers) are skipped: no atlas has them."""


@dataclass(frozen=True)
class Coverage:
    """Covered texels of one object. `rows` leaves out empty rows; row 0 is at v = 0, bit 0 at u = 0."""

    width: int
    height: int
    rows: dict[int, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether no texel is covered."""
        return not self.rows

    @property
    def is_full(self) -> bool:
        """Whether every texel is covered."""
        full = (1 << self.width) - 1
        return len(self.rows) == self.height and all(bits == full for bits in self.rows.values())

    def add(self, corners: Sequence[float]) -> None:
        """Cover what these triangles cover. `corners`: u, v of three corners each; what is outside 0..1 is cut off."""
        numbers = iter(corners)
        for u0, v0, u1, v1, u2, v2 in zip(numbers, numbers, numbers, numbers, numbers, numbers, strict=False):
            if abs(u0) + abs(v0) + abs(u1) + abs(v1) + abs(u2) + abs(v2) < _FARTHEST:  # False for NaN as well
                self._add_triangle((v0, u0), (v1, u1), (v2, u2))

    def dilated(self, radius: float) -> Coverage:
        """Every texel whose centre lies within `radius` texels (Euclidean) of the centre of a covered one."""
        reach = math.floor(radius)
        spans = [math.isqrt(math.floor(radius * radius) - dy * dy) for dy in range(reach + 1)]
        grown = Coverage(self.width, self.height)
        for y, bits in self.rows.items():
            widened = _widened(bits, reach, (1 << self.width) - 1)
            for dy, span in enumerate(spans):
                for target in {y - dy, y + dy}:
                    if 0 <= target < self.height:
                        grown.rows[target] = grown.rows.get(target, 0) | widened[span]
        return grown

    def common(self, other: Coverage) -> int:
        """Number of texels that both cover."""
        few, many = sorted((self.rows, other.rows), key=len)
        return sum((bits & many[y]).bit_count() for y, bits in few.items() if y in many)

    def _add_triangle(self, *corners: tuple[float, float]) -> None:
        """Cover one triangle, given as three corners v, u. This is the inner loop: it is written for speed."""
        width, height, rows, ceil = self.width, self.height, self.rows, math.ceil
        # From low to high: an edge is computed alike by both triangles that share it.
        (v0, u0), (v1, u1), (v2, u2) = sorted(corners)
        y0, y1, y2 = v0 * height - 0.5, v1 * height - 0.5, v2 * height - 0.5
        first, end = max(ceil(y0), 0), min(ceil(y2), height)
        if first >= end:
            return
        x0, x1, x2 = u0 * width - 0.5, u1 * width - 0.5, u2 * width - 0.5
        long_slope = (x2 - x0) / (y2 - y0)
        lower_slope = (x1 - x0) / (y1 - y0) if y1 > y0 else 0.0
        upper_slope = (x2 - x1) / (y2 - y1) if y2 > y1 else 0.0
        for y in range(first, end):
            left = ceil(x0 + (y - y0) * long_slope)
            right = ceil(x0 + (y - y0) * lower_slope if y < y1 else x1 + (y - y1) * upper_slope)
            if left > right:
                left, right = right, left
            left, right = max(left, 0), min(right, width)
            if left < right:
                rows[y] = rows.get(y, 0) | ((1 << (right - left)) - 1 << left)


def _widened(bits: int, reach: int, mask: int) -> list[int]:
    """A row, and the row with every bit spread by 1, 2, … `reach` bits to both sides."""
    widened = [bits & mask]
    for _ in range(reach):
        last = widened[-1]
        widened.append((last | last << 1 | last >> 1) & mask)
    return widened
