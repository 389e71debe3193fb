"""Cells of the tables, as text: the same for the terminal and for the documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.measure import Spread
from tests.benchmarks.rounds import Result
from tests.benchmarks.rows import Row


@dataclass(frozen=True)
class Table:
    """Heads of the columns and the lines below."""

    heads: tuple[str, ...]
    lines: list[list[str]]


def of_rows(rows: Sequence[Row]) -> Table:
    """Targets, what was measured, and whether that is enough."""
    lines = [[row.name, _measured(row), row.target, "yes" if row.ok else "NO"] for row in rows]
    return Table(("target", "measured", "asked", "ok"), lines)


def of_results(results: Sequence[Result]) -> Table:
    """What each contender cost, and how many times the first one's time it took."""
    first = next((result.seconds.median for result in results if result.counts), None)
    heads = ("contender", "seconds", "x", "CPU seconds", "peak MB", "off", "padding", "others", "runs")
    return Table(heads, [_costs(result, first) for result in results])


def _measured(row: Row) -> str:
    return f"{row.measured} ({row.note})" if row.note else row.measured


def _costs(result: Result, first: float | None) -> list[str]:
    name = f"{result.entry.name}: {result.failure}" if result.failure else result.entry.name
    if not result.runs:
        return [name, *[""] * 8]
    return [
        name,
        _spread(result.seconds),
        f"{result.seconds.median / first:.2f}" if first else "",
        _spread(result.cpu_seconds),
        f"{result.peak_mb:.0f}",
        *_deviation(result),
        "" if result.others is None else f"{result.others:.0%}",
        str(len(result.runs)),
    ]


def _deviation(result: Result) -> tuple[str, str]:
    if result.deviation is None:
        return "", ""
    off = f"{result.deviation['opaque']:.0f}, {result.deviation['edges']:.0f}"
    return off, f"{result.deviation['padded_same']:.1%}"


def _spread(spread: Spread) -> str:
    return f"{spread.median:.2f} ({spread.low:.2f}–{spread.high:.2f})"
