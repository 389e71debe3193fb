"""The picture as runs of few distinct rows: diagonal stripes, across the middle a band with BAKING and the job's name.

Everything is drawn on a coarse grid of square units, so even 8192 rows are a few dozen distinct ones repeated; the
encoders live on that. Colours are roles here; `palette` says what they look like.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby
from typing import TypeVar

from max_submitter.placeholder.font import BAKING, BAKING_COMPACT, Bitmap, characters_in, readable, text_bitmap

_UNITS_ON_SHORT_SIDE = 256  # at least, for images that have as many texels
_STRIPES_ON_SHORT_SIDE = 8
_SHORTEST_CUT_NAME = 4  # characters, with the two dots

Item = TypeVar("Item")
Row = tuple[tuple[int, int], ...]
"""One row of texels from left to right: (role, number of texels) spans."""


class Role(IntEnum):
    """What a texel belongs to; the index into a palette."""

    GROUND = 0
    STRIPE = 1
    BAND = 2
    TEXT = 3


@dataclass(frozen=True)
class Picture:
    """Geometry of a placeholder, in texels.

    `rows` are the distinct rows; `runs` go from top to bottom: (index into `rows`, how often in succession). Spans of a
    row add up to `width`, repeats to `height`.
    """

    width: int
    height: int
    rows: tuple[Row, ...]
    runs: tuple[tuple[int, int], ...]


def compose(width: int, height: int, job_name: str, *, grid: int = 1) -> Picture:
    """Draw the placeholder. Every edge except the image's own lies on a multiple of `grid` (a power of two) texels."""
    unit = max(grid, _power_of_two(min(width, height) // _UNITS_ON_SHORT_SIDE))
    lines = _draw(-(-width // unit), -(-height // unit), job_name)
    index: dict[bytes, int] = {}
    runs = tuple((index.setdefault(line, len(index)), count) for line, count in _runs(lines, unit, height))
    return Picture(width, height, tuple(tuple(_runs(line, unit, width)) for line in index), runs)


def row_bytes(row: Row, texels: Sequence[bytes]) -> bytes:
    """Spell a row out; `texels` holds one texel (or one channel of it) per role."""
    return b"".join([texels[role] * length for role, length in row])


def _power_of_two(limit: int) -> int:
    """Return the largest power of two not above `limit`, at least 1."""
    return 1 << max(0, limit.bit_length() - 1)


def _runs(items: Iterable[Item], unit: int, limit: int) -> list[tuple[Item, int]]:
    """Join equal neighbours of one unit each; the last run ends at `limit` texels."""
    found = []
    left = limit
    for item, same in groupby(items):
        length = min(left, unit * sum(1 for _ in same))
        found.append((item, length))
        left -= length
    return found


def _draw(columns: int, lines: int, job_name: str) -> list[bytes]:
    """Lines of roles, one byte per unit."""
    drawn = _stripes(columns, lines)
    band = _band(columns, lines, job_name)
    top = (lines - len(band)) // 2
    drawn[top : top + len(band)] = band
    return drawn


def _stripes(columns: int, lines: int) -> list[bytes]:
    """Diagonal stripes in steps of one unit: as many distinct lines as units in a period."""
    thickness = max(1, min(columns, lines) // (2 * _STRIPES_ON_SHORT_SIDE))
    period = bytes([Role.GROUND] * thickness + [Role.STRIPE] * thickness)
    endless = period * (columns // len(period) + 2)
    distinct = [endless[shift : shift + columns] for shift in range(len(period))]
    return [distinct[line % len(period)] for line in range(lines)]


def _band(columns: int, lines: int, job_name: str) -> list[bytes]:
    """Return the band's lines from top to bottom; none if the word does not fit."""
    headline = _headline(columns, lines)
    if headline is None:
        return []
    word, scale = headline
    gap = [bytes([Role.BAND]) * columns] * min(2 * scale, (lines - scale * len(word)) // 2)
    band = gap + _set(word, scale, columns) + gap
    # Where only the compact word fits, a name would be larger than the headline.
    caption = _caption(columns, max(1, scale // 2), job_name) if word is BAKING else []
    if caption and len(band) + len(caption) + len(gap) <= lines:
        band += caption + gap
    return band


def _headline(columns: int, lines: int) -> tuple[Bitmap, int] | None:
    """Return the word and its scale in units; None if even the compact word does not fit."""
    for word in (BAKING, BAKING_COMPACT):
        scale = min(columns * 7 // 8 // len(word[0]), lines * 2 // 7 // len(word))
        if scale:
            return word, scale
        if columns >= len(word[0]) + 2 and lines >= len(word) + 2:
            return word, 1
    return None


def _caption(columns: int, largest_scale: int, job_name: str) -> list[bytes]:
    """Return the lines of the job's name, cut with `..` if it is too long; none if nothing of it is readable."""
    space = columns * 7 // 8
    name = readable(job_name)
    fitting = characters_in(space)
    if len(name) > fitting:
        name = name[: fitting - 2] + ".." if fitting >= _SHORTEST_CUT_NAME else ""
    if not name:
        return []
    bitmap = text_bitmap(name)
    return _set(bitmap, min(space // len(bitmap[0]), largest_scale), columns)


def _set(bitmap: Bitmap, scale: int, columns: int) -> list[bytes]:
    """Centre a bitmap on the band, every dot `scale` units wide and high."""
    lines = []
    for dots in bitmap:
        ink = b"".join([bytes([Role.TEXT if dot == "#" else Role.BAND]) * scale for dot in dots])
        lines += [ink.center(columns, bytes([Role.BAND]))] * scale
    return lines
