"""The report: tables in Markdown, docs/performance.md, and the README's table between its markers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from tests.benchmarks.comparisons import Comparison
from tests.benchmarks.rounds import Entry
from tests.benchmarks.rows import Row
from tests.benchmarks.tables import Table, of_results, of_rows

BEGIN, END = "<!-- bench -->", "<!-- /bench -->"

_TEMPLATE = Path(__file__).with_name("performance.template.md")


def document(comparisons: Sequence[Comparison], machine: Mapping[str, str], *, limit: float) -> str:
    """docs/performance.md."""
    rows = [row for comparison in comparisons for row in comparison.rows]
    sections = [f"## {each.title}\n\n{markdown(of_results(each.results))}\n" for each in comparisons]
    return Template(_TEMPLATE.read_text("utf-8")).substitute(
        targets=markdown(of_rows(rows)),
        limit=f"{limit:.0f}",
        machine="\n".join(f"- {name}: {value}" for name, value in machine.items()),
        comparisons="\n".join(sections),
        calls=_calls(comparisons),
    )


def short(rows: Sequence[Row]) -> str:
    """The table of the README."""
    return f"{markdown(of_rows(rows))}\n\nMethod, machine and all numbers: [docs/performance.md](docs/performance.md)."


def markdown(table: Table) -> str:
    """A table in Markdown."""
    lines = [table.heads, ["---"] * len(table.heads), *table.lines]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def between_markers(text: str, table: str) -> str:
    """`text` with the table between its markers. Raises ValueError unless each is there once, in order."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in after:
        raise ValueError(f"The text needs {BEGIN} and then {END}, each once")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _calls(comparisons: Sequence[Comparison]) -> str:
    """Every contender once, with its version."""
    entries = [result.entry for comparison in comparisons for result in comparison.results]
    lines = {f"- **{_titled(entry)}**: {entry.how}" for entry in entries}
    return "\n".join(sorted(lines))


def _titled(entry: Entry) -> str:
    return f"{entry.name} ({entry.version})" if entry.version else entry.name
