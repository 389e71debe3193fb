"""The nearest covered texel of every uncovered one: exact, by Euclidean distance between texel centres.

One rule decides between equally near texels: the leftmost source wins, then the topmost; formally the smallest (dx² +
dy², dx, dy). On a tiling texture the offsets (dx, dy) are counted across the border.

After Meijster and others 2000, "A General Algorithm for Computing Distance Transforms in Linear Time": first the
nearest covered rows within each column, then along each row the lower envelope of the columns' parabolas. Everything
is integer. An uncovered run is solved by itself, because nothing beyond the covered texel at its end can be nearer;
covered runs and columns out of reach cost one look.

All compiled functions of padding and filling are here, because Numba's cache on disk looks at one file only: it would
not notice that a function in another file has changed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.compiled import compiled
from flatiron_tasks.imaging.painting import Area, Bytes, Palette, Rows

Segments = npt.NDArray[np.int64]
"""Room for the segments of one row, (width, 5)."""

BEGIN, END, COLUMN, ROW, PLACE = range(5)
"""What a segment of a row holds: its columns [BEGIN, END), the COLUMN and ROW of the covered texel that is nearest to
all of them, and room for the PLACE where whoever paints it finds the colour."""

_BLOCK_ROWS = 16
"""Rows whose vertical distances are held at a time, so that they stay in the processor's cache."""

_GLANCE = 64
"""Columns that are looked at at once: the compiler makes a few instructions of them."""


@compiled
def look_along(covered: Bytes, rows: tuple[int, int, int], offset: int, seen: Rows) -> None:
    """Walk over range(*`rows`) of `covered` and note in `seen` the last covered row of each column, plus `offset`."""
    for y in range(rows[0], rows[1], rows[2]):
        row = covered[y]
        number = np.int32(y + offset)
        for x in range(seen.shape[0]):
            seen[x] = number if row[x] else seen[x]


@compiled
def look_up_from(covered: Bytes, offset: int, seen: Rows, below: npt.NDArray[np.int32]) -> None:
    """Fill `below` (rows, width) for `covered` (rows, width): the first covered row of each column from there down.

    `seen` begins as those below the last row, and ends as those from the first row on.
    """
    for y in range(covered.shape[0] - 1, -1, -1):
        look_along(covered, (y, y + 1, 1), offset, seen)
        below[y] = seen


@compiled
def _past(flags: Bytes, begin: int, flag: np.uint8) -> int:
    """The first place from `begin` on whose flag (0 or 1) is not `flag`."""
    width = flags.shape[0]
    while begin + _GLANCE <= width:
        glance = flags[begin : begin + _GLANCE]
        differ = np.uint8(0)
        for x in range(_GLANCE):
            differ |= glance[x] ^ flag
        if differ:
            break
        begin += _GLANCE
    while begin < width and flags[begin] == flag:
        begin += 1
    return begin


@compiled
def _first_nearer(left: tuple[int, int], right: tuple[int, int]) -> int:
    """The first column strictly nearer to the source `right` than to `left`, each (column, squared vertical distance).

    Strictly, so that the leftmost of equally near sources wins.
    """
    return (right[0] * right[0] - left[0] * left[0] + right[1] - left[1]) // (2 * (right[0] - left[0])) + 1


@compiled
def _solve_run(
    above: Rows, below: Rows, line: tuple[int, int], run: tuple[int, int, int, int], segments: Segments
) -> int:
    """Find the segments of one uncovered run; return how many there are.

    `line` is (row, reach); `run` is (low, high, begin, end): columns [low, high) want sources, those in [begin, end)
    may have one. The segments so far are a stack: each holds from its BEGIN on, until a source further right is nearer.
    """
    row, reach = line
    low, high, first, after = run
    count = 0
    for column in range(first, after):
        up, down = row - above[column], below[column] - row
        height = min(up, down)
        if height > reach:
            continue
        begin = low
        while count:
            last = count - 1
            rival = segments[last, COLUMN], (segments[last, ROW] - row) ** 2
            begin = _first_nearer(rival, (column, height * height))
            if begin > segments[last, BEGIN]:
                break
            count = last
            begin = low
        if begin < high:
            if count:
                segments[count - 1, END] = begin
            segments[count, BEGIN] = begin
            segments[count, END] = high
            segments[count, COLUMN] = column
            segments[count, ROW] = row - up if up <= down else row + down
            count += 1
    return count


@compiled
def solve_row(covered: Bytes, above: Rows, below: Rows, line: tuple[int, int, int], segments: Segments) -> int:
    """Find the nearest sources of all uncovered texels of a row; return how many segments there are.

    `covered`, `above` and `below` (columns,) are the row and the nearest covered rows of its columns. `line` is (row,
    reach, margin): its number, how far sources may be, and how many columns at both ends want no source but may be one.
    Sources farther than `reach` rows are left out; that a texel of a segment is within reach remains to be looked at.
    """
    row, reach, margin = line
    width = covered.shape[0]
    count = 0
    end = 0
    while end < width:
        begin = _past(covered, end, np.uint8(1))
        end = _past(covered, begin, np.uint8(0))
        low, high = max(begin, margin), min(end, width - margin)
        if low < high:
            run = (low, high, max(begin - 1, 0), min(end + 1, width))
            count += _solve_run(above, below, (row, reach), run, segments[count:])
    return count


@compiled
def paint_band(area: Area, reach: int, palette: Palette, target: Bytes) -> int:
    """Paint the uncovered texels of `target` (rows, width, bytes) within `reach` of a covered one; count them."""
    covered, top, margin, above = area.covered, area.top, area.margin, area.above
    columns = covered.shape[1]
    segments = np.empty((columns, 5), np.int64)
    below = np.empty((_BLOCK_ROWS, columns), np.int32)
    beneath = _beneath_blocks(covered, top, area.beneath)
    filled = 0
    for y in range(target.shape[0]):
        place = y % _BLOCK_ROWS
        if place == 0:
            look_up_from(covered[y : y + _BLOCK_ROWS], top + y, beneath[y // _BLOCK_ROWS], below)
        look_along(covered, (y, y + 1, 1), top, above)
        if area.open_rows[y]:
            count = solve_row(covered[y], above, below[place], (top + y, reach, margin), segments)
            found = segments[:count]
            _find_colours(found, palette.starts, palette.columns, (margin, target.shape[1]))
            filled += _paint_row(found, (top + y, reach, margin, palette.size), palette.colours, target[y])
    return filled


@compiled
def _beneath_blocks(covered: Bytes, top: int, beneath: Rows) -> npt.NDArray[np.int32]:
    """For each block of rows (blocks, columns) the nearest covered rows below it; `beneath` are those of the last."""
    rows, columns = covered.shape
    blocks = -(-rows // _BLOCK_ROWS)
    all_beneath = np.empty((blocks, columns), np.int32)
    for block in range(blocks - 1, -1, -1):
        all_beneath[block] = beneath
        begin, end = block * _BLOCK_ROWS, min((block + 1) * _BLOCK_ROWS, rows)
        look_along(covered, (end - 1, begin - 1, -1), top, beneath)
    return all_beneath


@compiled
def _find_colours(
    segments: Segments,
    starts: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int32],
    edges: tuple[int, int],
) -> None:
    """Write the PLACE of the colour of each segment; see `Palette`. `edges` are the margin and width of the row."""
    margin, width = edges
    height = starts.shape[0] - 1
    for k in range(segments.shape[0]):
        row = _within(segments[k, ROW], height)
        column = _within(segments[k, COLUMN] - margin, width)
        if columns.shape[0]:
            segments[k, PLACE] = _place(columns, starts[row], starts[row + 1], column)
        else:
            segments[k, PLACE] = starts[row] + column


@compiled
def _place(columns: npt.NDArray[np.int32], begin: int, end: int, column: int) -> int:
    """The place of `column` among the sorted `columns` [begin, end), which contain it.

    If they did not, some place among all: nothing here may read beyond its memory.
    """
    while end - begin > 1:
        middle = (begin + end) // 2
        if columns[middle] <= column:
            begin = middle
        else:
            end = middle
    last: int = columns.shape[0] - 1
    return min(begin, last)


@compiled
def _paint_row(segments: Segments, line: tuple[int, int, int, int], colours: Bytes, target: Bytes) -> int:
    """Paint the texels of `target` (width, bytes) that lie in `segments` and within reach; count them.

    `line` is (row, reach, margin, size of a colour in bytes). Columns of segments count the margin, those of `target`
    do not.
    """
    row, reach, margin, size = line
    filled = 0
    for k in range(segments.shape[0]):
        column, place = segments[k, COLUMN], segments[k, PLACE]
        limit = reach * reach - (segments[k, ROW] - row) ** 2
        for x in range(max(segments[k, BEGIN], column - reach), min(segments[k, END], column + reach + 1)):
            if (x - column) ** 2 <= limit:
                for byte in range(0, size, 3):  # three channels, so three bytes at a time
                    target[x - margin, byte] = colours[place, byte]
                    target[x - margin, byte + 1] = colours[place, byte + 1]
                    target[x - margin, byte + 2] = colours[place, byte + 2]
                filled += 1
    return filled


@compiled
def _within(number: int, size: int) -> int:
    """`number` brought into [0, `size`), from which it is at most one `size` away."""
    if number < 0:
        return number + size
    return number - size if number >= size else number
